from typing import Any, Optional, Union

from server.cli.transport import NotebookFile

from .base_client import BaseClient
from .base_model import UNSET, UnsetType
from .find_insights import FindInsights
from .input_types import PublishNotebookInput
from .publish import Publish
from .save import Save


def gql(q: str) -> str:
    return q


class Client(BaseClient):
    def find_insights(
        self,
        project: str,
        notebook: str,
        name: str,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> FindInsights:
        query = gql("""
            query FindInsights($project: String!, $notebook: ID!, $name: String!, $after: String) {
              project(key: $project) {
                insights(
                  first: 50
                  after: $after
                  filter: {notebookId: $notebook, nameContains: $name}
                ) {
                  nodes {
                    id
                    name
                    viewerCan {
                      selectExport
                    }
                    dashboards {
                      id
                    }
                  }
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "project": project,
            "notebook": notebook,
            "name": name,
            "after": after,
        }
        response = self.execute(
            query=query, operation_name="FindInsights", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return FindInsights.model_validate(data)

    def publish(self, input: PublishNotebookInput, **kwargs: Any) -> Publish:
        query = gql("""
            mutation Publish($input: PublishNotebookInput!) {
              publishNotebook(input: $input) {
                export {
                  sequence
                  label
                }
                insight {
                  id
                  name
                  displayedExport {
                    rendering {
                      url
                    }
                  }
                }
                warnings {
                  message
                }
                errors {
                  message
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="Publish", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Publish.model_validate(data)

    def save(self, project: str, name: str, file: NotebookFile, **kwargs: Any) -> Save:
        query = gql("""
            mutation Save($project: String!, $name: String!, $file: Upload!) {
              saveNotebook(input: {projectKey: $project, name: $name, file: $file}) {
                notebook {
                  id
                  revision
                  hasUnpublishedChanges
                }
                errors {
                  message
                }
              }
            }
            """)
        variables: dict[str, object] = {"project": project, "name": name, "file": file}
        response = self.execute(
            query=query, operation_name="Save", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Save.model_validate(data)
