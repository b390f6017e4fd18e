// Tells Apollo's suite, which knows one fixed address, where the gateway is.
require("@apollo/federation-subgraph-compatibility-tests/dist/utils/client").ROUTER_URL = process.env.ROUTER_URL;
