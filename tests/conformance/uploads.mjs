// Saves a notebook as a file by Apollo's upload link and by urql; prints what each was answered as JSON.
import { readFile } from "node:fs/promises";
import { ApolloClient, InMemoryCache, gql } from "@apollo/client/core";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";
import { Client, fetchExchange } from "@urql/core";

const [address, token, path] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}`, "GraphQL-Require-Preflight": "1" };
const file = new File([await readFile(path)], "notebook.ipynb");
const text = `mutation($name: String!, $file: Upload!) {
  saveNotebook(input: { projectKey: "DEMO", name: $name, file: $file }) { notebook { name } errors { code } }
}`;

const apollo = new ApolloClient({ link: new UploadHttpLink({ uri: address, headers }), cache: new InMemoryCache() });
const byApollo = await apollo.mutate({ mutation: gql(text), variables: { name: "By Apollo", file } });

const urql = new Client({ url: address, exchanges: [fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
const byUrql = await urql.mutation(text, { name: "By urql", file }).toPromise();
const read = await urql.query("{ viewer { user { login } } }", {}).toPromise();

console.log(
  JSON.stringify({
    apollo: byApollo.data.saveNotebook.errors.length ? byApollo.data : byApollo.data.saveNotebook.notebook.name,
    urql: byUrql.error ? String(byUrql.error) : byUrql.data.saveNotebook.notebook.name,
    read: read.data.viewer.user.login,
  }),
);
