// A page of Relay's without React: runs what the compiler made of relay/boards.js, in the folder given, and prints what the store
// then holds as JSON. The next page and the object again are fetched as Relay's hooks do, by the queries that @refetchable made.
import { createRequire } from "node:module";
import path from "node:path";
import relay from "relay-runtime";

const [folder, address, token] = process.argv.slice(2);
const artifact = (name) => createRequire(path.join(folder, "artifacts/"))(`./${name}.graphql.js`);
const wire = [];
const send = async ({ text, name }, variables) => {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: text, variables }),
  });
  const answer = await response.json();
  wire.push({ name, status: response.status, errors: answer.errors ?? [] });
  return answer;
};
const environment = new relay.Environment({
  network: relay.Network.create(send),
  store: new relay.Store(new relay.RecordSource()),
});
const ask = (name, variables) => relay.fetchQuery(environment, artifact(name), variables).toPromise();
const look = (name, reference) => environment.lookup(relay.getSingularSelector(artifact(name), reference)).data;
const change = (name, input, others = {}) =>
  new Promise((onCompleted, onError) =>
    relay.commitMutation(environment, { mutation: artifact(name), variables: { input, ...others }, onCompleted, onError }),
  );

const { project } = await ask("boardsQuery", { key: "DEMO" });
const page = () => look("boards_project", project).dashboards;
const boards = () => page().edges.map((edge) => look("boards_dashboard", edge.node));
const pages = [boards().map(({ name }) => name)];
while (page().pageInfo.hasNextPage) {
  await ask("boardsPageQuery", { id: project.__id, count: 2, cursor: page().pageInfo.endCursor });
  pages.push(boards().map(({ name }) => name));
}

const first = page().edges[0].node;
const before = look("boards_dashboard", first);
const { node } = await ask("boardsDashboardQuery", { id: first.__id });
const again = look("boards_dashboard", node);
const renamed = await change("boardsRenameMutation", { dashboardId: first.__id, name: "By Relay" });
const late = await change("boardsRenameMutation", { dashboardId: first.__id, name: "Late", expectedVersion: 1 });
const last = page().edges.at(-1).node;
const list = relay.ConnectionHandler.getConnectionID(project.__id, "boards_project_dashboards");
const deleted = await change("boardsDeleteMutation", { dashboardId: last.__id }, { connections: [list] });
const foreign = await ask("boardsDashboardQuery", { id: "nothing" });

console.log(
  JSON.stringify({
    pages,
    sameObject: node.__id === first.__id && JSON.stringify(again) === JSON.stringify(before),
    tiles: before.pages[0].tiles.length,
    renamed: { errors: renamed.updateDashboard.errors, inTheList: boards()[0].name },
    late: late.updateDashboard.errors.map(({ code, current }) => [code, current.version > 1]),
    deleted: { errors: deleted.deleteDashboard.errors, left: boards().map(({ name }) => name) },
    foreign,
    wire,
  }),
);
