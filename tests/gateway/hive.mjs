// Hive gateway over a supergraph, which passes on who asks: node hive.mjs SUPERGRAPH_FILE
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const gateway = createGatewayRuntime({
  supergraph: readFileSync(process.argv[2], "utf8"),
  graphqlEndpoint: "/",
  landingPage: false,
  logging: "error",
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get("authorization");
      return authorization ? { authorization } : {};
    },
  },
});
const server = createServer(gateway);
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.once("SIGTERM", () => process.exit(0));
