from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Save(BaseModel):
    save_notebook: Optional["SaveSaveNotebook"] = Field(alias="saveNotebook")


class SaveSaveNotebook(BaseModel):
    notebook: Optional["SaveSaveNotebookNotebook"]
    errors: list["SaveSaveNotebookErrors"]


class SaveSaveNotebookNotebook(BaseModel):
    id: str
    revision: Optional[str]
    has_unpublished_changes: Optional[bool] = Field(alias="hasUnpublishedChanges")


class SaveSaveNotebookErrors(BaseModel):
    message: str


Save.model_rebuild()
SaveSaveNotebook.model_rebuild()
