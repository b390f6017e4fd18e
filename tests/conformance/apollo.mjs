// Apollo Client with its persisted query link; prints what it got and what went over the wire as JSON.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const [address, token, useGETForHashedQueries] = process.argv.slice(2);
const wire = [];
const counted = async (url, options) => {
  const sent = options.method === "GET" ? new URL(url).searchParams.has("query") : "query" in JSON.parse(options.body);
  const response = await fetch(url, options);
  wire.push([options.method, sent ? "text" : "hash", response.status]);
  return response;
};
const link = ApolloLink.from([
  new PersistedQueryLink({
    sha256: (text) => createHash("sha256").update(text).digest("hex"),
    useGETForHashedQueries: useGETForHashedQueries === "GET",
  }),
  new HttpLink({ uri: address, fetch: counted, headers: { Authorization: `Bearer ${token}` } }),
]);
const client = new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: "no-cache" } } });
const query = useGETForHashedQueries === "GET" ? gql`query A { viewer { user { login } } }` : gql`query B { viewer { user { login } } }`;
const logins = [];
for (let round = 0; round < 2; round += 1) logins.push((await client.query({ query })).data.viewer.user.login);
console.log(JSON.stringify({ logins, wire }));
