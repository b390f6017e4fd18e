// Composes subgraphs: node compose.mjs apollo|guild < '[{"name": …, "url": …, "sdl": …}]'
//
// Prints {"supergraph": TEXT} or {"errors": [TEXT, …]}.
import { composeServices as composeByApollo } from "@apollo/composition";
import { composeServices as composeByGuild } from "@theguild/federation-composition";
import { parse } from "graphql";
import { text } from "node:stream/consumers";

const compose = { apollo: composeByApollo, guild: composeByGuild }[process.argv[2]];
const subgraphs = JSON.parse(await text(process.stdin));
const composed = compose(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
const errors = composed.errors?.map((error) => error.message);
console.log(JSON.stringify(errors?.length ? { errors } : { supergraph: composed.supergraphSdl }));
