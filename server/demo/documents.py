"""What the demo asks of the API."""

from typing import Final

LOOK: Final = """
query Look($key: String!) {
  project(key: $key) {
    name
    insights(first: 100) { nodes { name } }
    dashboards(first: 100) { nodes { id name } }
  }
}
"""

STAFF: Final = """
query Staff($key: String!) {
  project(key: $key) { permissionGrants { principal { ... on User { id login } } } }
}
"""

CREATE_PROJECT: Final = """
mutation CreateProject($input: CreateProjectInput!) {
  payload: createProject(input: $input) { errors { __typename message } }
}
"""

CREATE_USER: Final = """
mutation CreateUser($input: CreateUserInput!) {
  payload: createUser(input: $input) { errors { __typename message } }
}
"""

SET_PERMISSIONS: Final = """
mutation SetPermissions($input: SetProjectPermissionsInput!) {
  payload: setProjectPermissions(input: $input) { errors { __typename message } }
}
"""

ISSUE: Final = """
mutation CreateToken($input: CreateAccessTokenInput!) {
  payload: createAccessToken(input: $input) { token errors { __typename message } }
}
"""

CREATE_DASHBOARD: Final = """
mutation CreateDashboard($input: CreateDashboardInput!) {
  payload: createDashboard(input: $input) { dashboard { id } errors { __typename message } }
}
"""

SAVE: Final = """
mutation Save($input: SaveNotebookInput!) {
  payload: saveNotebook(input: $input) { notebook { id } errors { __typename message } }
}
"""

PUBLISH: Final = """
mutation Publish($input: PublishNotebookInput!) {
  payload: publishNotebook(input: $input) { export { id } errors { __typename message } }
}
"""

EXPORT: Final = """
mutation Export($input: CreateExportInput!) {
  payload: createExport(input: $input) { export { id } errors { __typename message } }
}
"""

AUTHORIZE: Final = """
mutation Authorize($input: AuthorizeNotebookInput!) {
  payload: authorizeNotebook(input: $input) { errors { __typename message } }
}
"""

CREATE_INSIGHT: Final = """
mutation CreateInsight($input: CreateInsightInput!) {
  payload: createInsight(input: $input) { errors { __typename message } }
}
"""
