// npm's graphql-sse: a query and a subscription, an operation a connection; prints what it heard as JSON.
import { createClient } from "graphql-sse";

const [address, token, dashboardId] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const client = createClient({ url: address, headers, retryAttempts: 0 });

const once = async (query, variables) => (await client.iterate({ query, variables }).next()).value;
const rename = "mutation($id: ID!, $name: String!) { updateDashboard(input: {dashboardId: $id, name: $name}) { errors { code } } }";

const who = await once("{ viewer { user { login } } }");
const events = client.iterate({
  query: "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }",
  variables: { id: dashboardId },
});
const first = events.next();
let done = false;
first.then(() => (done = true));
for (let attempt = 0; !done; attempt += 1) {
  await once(rename, { id: dashboardId, name: `By stream ${attempt}` });
  await new Promise((resolve) => setTimeout(resolve, 200));
}
const event = (await first).value;
await events.return();
const hidden = await once("subscription { dashboardChanged(dashboardId: \"d\") { name } }");
client.dispose();
console.log(JSON.stringify({ who, event, hidden }));
