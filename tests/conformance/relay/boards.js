// What a front end that uses Relay would ask: test_relay.py compiles it, relay.mjs runs what comes out.
import { graphql } from "relay-runtime";

graphql`
  query boardsQuery($key: String!) {
    project(key: $key) {
      ...boards_project
    }
  }
`;

graphql`
  fragment boards_project on Project
  @refetchable(queryName: "boardsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    dashboards(first: $count, after: $cursor) @connection(key: "boards_project_dashboards") {
      edges {
        node {
          ...boards_dashboard
        }
      }
    }
  }
`;

graphql`
  fragment boards_dashboard on Dashboard @refetchable(queryName: "boardsDashboardQuery") {
    name
    pages {
      tiles {
        displayedTitle
        ... on InsightTile {
          insight {
            name
          }
        }
      }
    }
  }
`;

graphql`
  mutation boardsRenameMutation($input: UpdateDashboardInput!) {
    updateDashboard(input: $input) {
      dashboard {
        ...boards_dashboard
      }
      errors {
        code
        message
        ... on VersionConflict {
          current {
            version
          }
        }
      }
    }
  }
`;

graphql`
  mutation boardsDeleteMutation($input: DeleteDashboardInput!, $connections: [ID!]!) {
    deleteDashboard(input: $input) {
      deletedDashboardId @deleteEdge(connections: $connections)
      errors {
        code
      }
    }
  }
`;
