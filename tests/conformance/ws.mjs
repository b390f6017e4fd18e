// npm's graphql-ws: a query, a mutation, a subscription; prints what it heard as JSON.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [address, token, dashboardId] = process.argv.slice(2);
const client = createClient({
  url: address.replace(/^http/, "ws"),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${token}` },
  retryAttempts: 0,
});

const once = async (query, variables) => (await client.iterate({ query, variables }).next()).value;
const rename = "mutation($id: ID!, $name: String!) { updateDashboard(input: {dashboardId: $id, name: $name}) { errors { code } } }";

const who = await once("{ viewer { user { login } } }");
const events = client.iterate({
  query: "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }",
  variables: { id: dashboardId },
});
const first = events.next();
const seen = [];
let done = false;
first.then(() => (done = true));
for (let attempt = 0; !done; attempt += 1) {
  // the protocol does not tell when a subscription has begun: change until the first event is there
  seen.push(await once(rename, { id: dashboardId, name: `By socket ${attempt}` }));
  await new Promise((resolve) => setTimeout(resolve, 200));
}
const event = (await first).value;
await events.return();

const hidden = [];
await new Promise((resolve) =>
  client.subscribe(
    { query: "subscription { dashboardChanged(dashboardId: \"d\") { name } }" },
    { next: (value) => hidden.push(value), error: (errors) => resolve(hidden.push(errors)), complete: () => resolve() },
  ),
);
await client.dispose();

const wrong = createClient({
  url: address.replace(/^http/, "ws"),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: "Bearer nbi_wrong" },
  retryAttempts: 0,
});
const closing = await new Promise((resolve) =>
  wrong.subscribe({ query: "{ __typename }" }, { next: resolve, error: resolve, complete: () => resolve(null) }),
);
console.log(JSON.stringify({ who, errors: seen.flatMap((value) => value.data.updateDashboard.errors), event, hidden, closed: closing.code }));
