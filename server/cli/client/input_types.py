from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class PinTargetInput(BaseModel):
    """Where a new tile goes."""

    dashboard_id: str = Field(alias="dashboardId")
    "The dashboard, of the same project."
    page_id: Optional[str] = Field(alias="pageId", default=None)
    "A page of it; absent: the first."
    box: Optional["TileBoxInput"] = None
    "Where on the page; tiles that it covers move down. Absent: the first free slot of 12 by 15."
    show_code: bool = Field(alias="showCode", default=False)
    "Whether the tile shows the code."


class PublishNotebookInput(BaseModel):
    """What to publish, and where to."""

    notebook_id: str = Field(alias="notebookId")
    "The notebook; its last saved state is frozen."
    insight_id: Optional[str] = Field(alias="insightId", default=None)
    "Publish into this insight of the same notebook, which you may edit: its tiles stay and show the new export; if it was pinned, it follows the newest export from now on. Absent: a new insight."
    expected_revision: Optional[str] = Field(alias="expectedRevision", default=None)
    "Refuse with RevisionConflict if the live notebook has moved on from this revision."
    insight_name: Optional[str] = Field(alias="insightName", default=None)
    "A new insight's name; absent: the notebook's name and the time, in UTC. Not with insightId."
    label: Optional[str] = None
    "What to call the export, up to 200 characters."
    targets: list["PinTargetInput"] = Field(default_factory=lambda: [])
    "Where to put a tile; none, one or several."
    authorize: bool = False
    "Also open the notebook's exports to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS."
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Makes a retry safe: the same key and input answer the same and happen once. Kept for a day at least."


class TileBoxInput(BaseModel):
    """A rectangle on a page's grid of 36 columns; rows and columns start at 0."""

    left: int
    "The first column."
    top: int
    "The first row."
    width: int
    "How many columns, 1 to 36."
    height: int
    "How many rows, 1 or more."


PinTargetInput.model_rebuild()
PublishNotebookInput.model_rebuild()
