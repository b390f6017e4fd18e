"""What lies in a backup's folder, and the file that says so.

| in the folder | is |
|---|---|
| `manifest.json` | written last: a folder without it is no backup |
| `database.sqlite` | all rows but renderings, of one moment, whichever database they come from |
| `blobs/ab/cdef…` | the bytes of every notebook and export that these rows name, by their sha256 |
"""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.sqlite"
BLOBS: Final = "blobs"


class BackupFailed(Exception):
    """There is no backup, or nothing was restored; the message says why and what to do."""


Count = Annotated[int, Field(ge=0, lt=2**63)]


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    nbinsight: str
    """The version that made it."""
    made_at: str = Field(pattern=r"^[0-9T:.+Z-]+$")
    revision: str = Field(pattern=r"^\w+$")
    """Of the database's schema."""
    rows: dict[str, Count]
    blobs: Count
    blob_bytes: Count
    database_sha256: str


def read_manifest(folder: Path) -> Manifest:
    """Read what a folder says of itself; raises BackupFailed."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        msg = f"{folder} is no backup that was finished: its {MANIFEST} cannot be read."
        raise BackupFailed(msg) from error
    except ValidationError as error:
        msg = f"{folder / MANIFEST} is none that this nbinsight can read: use the version that made the backup, or a newer one."
        raise BackupFailed(msg) from error
