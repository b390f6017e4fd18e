"""The demo's people: who they are, and what they may."""

from dataclasses import dataclass
from typing import Final

from server.domain.grants import GlobalPermission, ProjectPermission


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token of their own; `may` says in words what the permissions mean."""

    login: str
    display_name: str
    may: str
    on_project: ProjectPermission | None = None
    everywhere: tuple[GlobalPermission, ...] = ()


ADMIN: Final = Person("admin", "Administrator", "do everything")
ANA: Final = Person("ana", "Ana, analyst", "read notebooks and their code, and all dashboards", ProjectPermission.READ_PROJECT_CONTENT)
WIM: Final = Person(
    "wim",
    "Wim, writer",
    "save notebooks, publish them, and edit dashboards",
    ProjectPermission.WRITE_PROJECT_CONTENT,
    (GlobalPermission.WRITE_SAFE_CODE,),
)
DIRK: Final = Person("dirk", "Dirk, dashboard writer", "edit dashboards, with authorized notebooks", ProjectPermission.WRITE_DASHBOARDS)
DORA: Final = Person("dora", "Dora, reader", "read dashboards, as far as notebooks are authorized", ProjectPermission.READ_DASHBOARDS)

STAFF: Final = (ANA, WIM, DIRK, DORA)
"""Whom the demo makes; `admin` is there before."""

EVERYBODY: Final = (ADMIN, *STAFF)
"""Whose tokens are printed, the mightiest first."""
