// @apollo/gateway over a supergraph, which passes on who asks: node apollo.mjs SUPERGRAPH_FILE [SECRET]
// With a secret, whoever has the cookie `session=NAME` is signed in as NAME, and told to nbinsight by headers.
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { readFileSync } from "node:fs";

const [supergraph, secret] = process.argv.slice(2);

class WithToken extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set("authorization", context.authorization);
    if (secret && context.session) {
      request.http.headers.set("x-nbinsight-gateway-secret", secret);
      request.http.headers.set("x-nbinsight-user", context.session);
    }
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(supergraph, "utf8"),
  buildService: ({ url }) => new WithToken({ url }),
});
const context = async ({ req }) => ({
  authorization: req.headers.authorization,
  session: /(?:^|; )session=([^;]+)/.exec(req.headers.cookie ?? "")?.[1],
});
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), { context, listen: { host: "127.0.0.1", port: 0 } });
console.log(url);
