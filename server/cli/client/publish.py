from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Publish(BaseModel):
    publish_notebook: Optional["PublishPublishNotebook"] = Field(
        alias="publishNotebook"
    )


class PublishPublishNotebook(BaseModel):
    export: Optional["PublishPublishNotebookExport"]
    insight: Optional["PublishPublishNotebookInsight"]
    warnings: list["PublishPublishNotebookWarnings"]
    errors: list["PublishPublishNotebookErrors"]


class PublishPublishNotebookExport(BaseModel):
    sequence: int
    label: Optional[str]


class PublishPublishNotebookInsight(BaseModel):
    id: str
    name: str
    displayed_export: Optional["PublishPublishNotebookInsightDisplayedExport"] = Field(
        alias="displayedExport"
    )


class PublishPublishNotebookInsightDisplayedExport(BaseModel):
    rendering: Optional["PublishPublishNotebookInsightDisplayedExportRendering"]


class PublishPublishNotebookInsightDisplayedExportRendering(BaseModel):
    url: str


class PublishPublishNotebookWarnings(BaseModel):
    message: str


class PublishPublishNotebookErrors(BaseModel):
    message: str


Publish.model_rebuild()
PublishPublishNotebook.model_rebuild()
PublishPublishNotebookInsight.model_rebuild()
PublishPublishNotebookInsightDisplayedExport.model_rebuild()
