// @apollo/gateway over a supergraph, which passes on who asks: node apollo.mjs SUPERGRAPH_FILE
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { readFileSync } from "node:fs";

class WithToken extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set("authorization", context.authorization);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.argv[2], "utf8"),
  buildService: ({ url }) => new WithToken({ url }),
});
const context = async ({ req }) => ({ authorization: req.headers.authorization });
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), { context, listen: { host: "127.0.0.1", port: 0 } });
console.log(url);
