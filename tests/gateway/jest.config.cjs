// Runs the tests of Apollo's suite where they lie. Their own configuration would compile TypeScript that they do not have any more.
const { dirname, join } = require("node:path");

module.exports = {
  rootDir: __dirname,
  roots: [join(dirname(require.resolve("@apollo/federation-subgraph-compatibility-tests/package.json")), "dist", "tests")],
  haste: { retainAllFiles: true },
  testPathIgnorePatterns: [],
  setupFiles: ["<rootDir>/router_address.cjs"],
  transform: {},
};
