// graphql-yoga with the part of the schema that bench/graphql.py asks for, its answers in memory: node serve.js FOLDER PORT
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";

const [folder, port] = process.argv.slice(2);
const [viewer, listing, board] = Object.values(JSON.parse(readFileSync(`${folder}/answers.json`, "utf8")));

const typeDefs = /* GraphQL */ `
  scalar DateTime
  interface Node { id: ID! }
  type User { login: String! }
  type Viewer { user: User! }
  type Notebook implements Node { id: ID! name: String! createdAt: DateTime! modifiedAt: DateTime isPublished: Boolean! }
  type NotebookConnection { nodes: [Notebook!]! }
  type Project { notebooks(first: Int = 20): NotebookConnection! }
  type Insight implements Node { id: ID! name: String! }
  type Rendering { url: String! mediaType: String! codeIncluded: Boolean! }
  type TileBox { left: Int! top: Int! width: Int! height: Int! }
  interface Tile implements Node { id: ID! displayedTitle: String box: TileBox! }
  type InsightTile implements Node & Tile {
    id: ID! displayedTitle: String box: TileBox! accessState: String! showCode: Boolean! insight: Insight rendering: Rendering
  }
  type Page { displayedTitle: String! tiles: [Tile!]! }
  type Dashboard { name: String! version: Int! owner: User! pages: [Page!]! }
  type Query { viewer: Viewer project(key: String!): Project dashboard(id: ID!): Dashboard }
`;

const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: { viewer: async () => viewer.viewer, project: async () => listing.project, dashboard: async () => board.dashboard },
    Project: { notebooks: async (project, { first }) => ({ nodes: project.notebooks.nodes.slice(0, first) }) },
    Tile: { __resolveType: () => "InsightTile" },
  },
});

const yoga = createYoga({ schema, graphiql: false, landingPage: false, logging: false });

createServer((request, response) => {
  if (request.url !== "/cpu") return yoga(request, response);
  const { user, system } = process.cpuUsage();
  response.end(String((user + system) / 1e6));
}).listen(Number(port), "127.0.0.1");
