// A second subgraph, such as a team would have beside nbinsight: a catalogue of models, each with the insight that reports on it.
//
// node catalogue.mjs '[{"name": "churn-2", "report": "ID OF AN INSIGHT", "maintainer": "LOGIN"}]'
//
// Prints its address; then, for each request, the Authorization header that came with it.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { readFileSync } from "node:fs";

const models = JSON.parse(process.argv[2]);
const typeDefs = parse(readFileSync(new URL("catalogue.graphql", import.meta.url), "utf8"));
const resolvers = {
  Query: { models: () => models },
  Model: {
    __resolveReference: ({ name }) => models.find((model) => model.name === name),
    report: (model) => model.report && { id: model.report },
    maintainer: (model) => model.maintainer && { login: model.maintainer },
  },
  Insight: { model: ({ id }) => models.find((model) => model.report === id)?.name },
};

const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
const context = async ({ req }) => console.log(req.headers.authorization ?? "nobody");
const { url } = await startStandaloneServer(server, { context, listen: { host: "127.0.0.1", port: 0 } });
console.log(url);
