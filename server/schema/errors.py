"""Members of `payload.errors`: faults of the domain as types."""

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import strawberry
from typing_extensions import override

from server.db.models import DashboardRow, InsightRow, NotebookRow
from server.domain import errors as faults
from server.resolvers import nodes
from server.schema.info import Info
from server.schema.nodes import show

if TYPE_CHECKING:
    from server.schema.types.dashboard import Dashboard
    from server.schema.types.insight import Insight
    from server.schema.types.notebook import Notebook

_Notebook = Annotated["Notebook", strawberry.lazy("server.schema.types.notebook")]
_Insight = Annotated["Insight", strawberry.lazy("server.schema.types.insight")]
_Dashboard = Annotated["Dashboard", strawberry.lazy("server.schema.types.dashboard")]


@strawberry.enum(description="Why a mutation did nothing, for programs.")
class UserErrorCode(Enum):
    """Codes; messages are for people."""

    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="NotFound.")
    BAD_USER_INPUT = strawberry.enum_value("BAD_USER_INPUT", description="InvalidInput, InvalidNotebook.")
    FAILED_PRECONDITION = strawberry.enum_value("FAILED_PRECONDITION", description="NotebookNotPublished, NotebookInUse, ExportPinned.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="VersionConflict, RevisionConflict, NameTaken, IdempotencyKeyReused.")
    TOO_LARGE = strawberry.enum_value("TOO_LARGE", description="TooLarge.")


@strawberry.interface(description="What the caller can put right: nothing has changed.")
class UserError:
    """Shared fields."""

    message: str = strawberry.field(description="What happened and what to do, for people.")
    code: UserErrorCode = strawberry.field(description="What happened, for programs.")
    field: list[str] | None = strawberry.field(description='The path inside the arguments, such as ["input", "name"].', default=None)

    @classmethod
    def of(cls, fault: Any) -> Self:  # noqa: ANN401  each member takes its own fault
        """Turn a fault into its member."""
        return cls(**_shared(fault))


@strawberry.type(description="Something in the input is not acceptable.")
class InvalidInput(UserError):
    """The general case."""


@strawberry.type(description="There is no such thing, or you may not see it.")
class NotFound(UserError):
    """Absent or hidden."""


@strawberry.type(description="Another thing has that name.")
class NameTaken(UserError):
    """Names are unique within their project, keys and logins on the instance."""


@strawberry.type(description="More bytes than are accepted.")
class TooLarge(UserError):
    """Over the limit."""

    limit_bytes: int = strawberry.field(description="The limit, in bytes.")

    @classmethod
    @override
    def of(cls, fault: faults.TooLarge) -> Self:
        return cls(**_shared(fault), limit_bytes=fault.limit_bytes)


@strawberry.type(description="The bytes cannot be read as a Jupyter notebook.")
class InvalidNotebook(UserError):
    """Not JSON, or not a notebook."""

    reason: str = strawberry.field(description="What is wrong with them, for people.")
    cell_index: int | None = strawberry.field(description="The cell at fault, from 0, if it is one.")

    @classmethod
    @override
    def of(cls, fault: faults.InvalidNotebook) -> Self:
        return cls(**_shared(fault), reason=fault.reason, cell_index=fault.cell_index)


@strawberry.type(description="The notebook has no export to show.")
class NotebookNotPublished(UserError):
    """Publish it first."""

    notebook_id: strawberry.Private[str]

    @classmethod
    @override
    def of(cls, fault: faults.NotebookNotPublished) -> Self:
        return cls(**_shared(fault), notebook_id=fault.notebook_id)

    @strawberry.field(description="The notebook.")
    async def notebook(self, info: Info) -> _Notebook | None:
        """Load it as the viewer sees it."""
        return show(await nodes.find(info.context, NotebookRow, self.notebook_id))


@strawberry.type(description="Insights show the notebook.")
class NotebookInUse(UserError):
    """Delete them first, or force."""

    insight_ids: strawberry.Private[tuple[str, ...]]

    @classmethod
    @override
    def of(cls, fault: faults.NotebookInUse) -> Self:
        return cls(**_shared(fault), insight_ids=fault.insight_ids)

    @strawberry.field(description="The insights that show it, as far as you find them in lists.")
    async def insights(self, info: Info) -> list[_Insight]:
        """Load them as the viewer sees them."""
        return await _insights(info, self.insight_ids)


@strawberry.type(description="Insights pin the export.")
class ExportPinned(UserError):
    """Let them show another one first, or unpin."""

    insight_ids: strawberry.Private[tuple[str, ...]]

    @classmethod
    @override
    def of(cls, fault: faults.ExportPinned) -> Self:
        return cls(**_shared(fault), insight_ids=fault.insight_ids)

    @strawberry.field(description="The insights that pin it, as far as you find them in lists.")
    async def insights(self, info: Info) -> list[_Insight]:
        """Load them as the viewer sees them."""
        return await _insights(info, self.insight_ids)


async def _insights(info: Info, ids: Sequence[str]) -> list["Insight"]:
    rows = await asyncio.gather(*(nodes.find(info.context, InsightRow, id_) for id_ in ids))
    return [show(row) for row in rows if row is not None]


@strawberry.type(description="The dashboard has changed since the version that the caller knows.")
class VersionConflict(UserError):
    """Read again, repeat the change."""

    dashboard_id: strawberry.Private[str]

    @classmethod
    @override
    def of(cls, fault: faults.VersionConflict) -> Self:
        return cls(**_shared(fault), dashboard_id=fault.dashboard_id)

    @strawberry.field(description="The dashboard as it is now.")
    async def current(self, info: Info) -> _Dashboard:
        """Load it as the viewer sees it."""
        return show(await nodes.get(info.context, DashboardRow, self.dashboard_id, []))


@strawberry.type(description="The live notebook has changed since the revision that the caller knows.")
class RevisionConflict(UserError):
    """Read again, repeat."""

    notebook_id: strawberry.Private[str]

    @classmethod
    @override
    def of(cls, fault: faults.RevisionConflict) -> Self:
        return cls(**_shared(fault), notebook_id=fault.notebook_id)

    @strawberry.field(description="The notebook as it is now.")
    async def current(self, info: Info) -> _Notebook:
        """Load it as the viewer sees it."""
        return show(await nodes.get(info.context, NotebookRow, self.notebook_id, []))


@strawberry.type(description="The idempotency key was used before with another input.")
class IdempotencyKeyReused(UserError):
    """Take a new key."""


MEMBERS: Final[dict[type[faults.UserFault], type[UserError]]] = {
    faults.InvalidInput: InvalidInput,
    faults.NotFound: NotFound,
    faults.NameTaken: NameTaken,
    faults.TooLarge: TooLarge,
    faults.InvalidNotebook: InvalidNotebook,
    faults.NotebookNotPublished: NotebookNotPublished,
    faults.NotebookInUse: NotebookInUse,
    faults.ExportPinned: ExportPinned,
    faults.VersionConflict: VersionConflict,
    faults.RevisionConflict: RevisionConflict,
    faults.IdempotencyKeyReused: IdempotencyKeyReused,
}


def member_of(fault: faults.UserFault) -> UserError:
    """Turn a fault into its member; a KeyError means that a fault was added without one."""
    return MEMBERS[type(fault)].of(fault)


def no_errors() -> list[UserError]:
    """Make the empty list that a payload begins with."""
    return []


def _shared(fault: faults.UserFault) -> dict[str, Any]:
    return {"message": fault.message, "code": UserErrorCode(fault.code), "field": [_camel(part) for part in fault.field] or None}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
