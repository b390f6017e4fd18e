"""The family tree of what may go wrong on purpose.

DomainError
├─ Refused                       top-level error; the mutation leaves a DENIED event
│  ├─ Unauthenticated            nobody is signed in
│  └─ Forbidden                  visible, but not allowed
├─ BadInput                      top-level error of an argument that no payload can carry
│  └─ Vanished                   deleted between two looks
├─ QueryTooComplex               the operation asks for more than its limits
├─ RateLimited                   the caller asks for too much at a time, or at once
├─ RenderFault                   no rendering now
│  ├─ RenderFailure ─ RenderFailed · RenderTimeout
│  └─ RenderPending
└─ UserFault                     a member of `payload.errors`: the caller can put it right
   ├─ NotFound · NameTaken · TooLarge · InvalidNotebook
   ├─ NotebookNotPublished · NotebookInUse · ExportPinned
   └─ VersionConflict · RevisionConflict · IdempotencyKeyReused

graphql-core reads `extensions` when it locates an error, so codes reach the client without this module knowing GraphQL.
"""

from collections.abc import Sequence

from typing_extensions import override


class DomainError(Exception):
    """Anything a rule of ours says no to; `message` is for the caller's eyes."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str) -> None:
        """Take a text that says what happened and what to do."""
        super().__init__(message)
        self.message = message

    @property
    def extensions(self) -> dict[str, object]:
        """What goes under `errors[].extensions`."""
        return {"code": self.code}


class Refused(DomainError):
    """The caller may not do this at all."""


class Unauthenticated(Refused):
    """Nobody is signed in."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        """Say how to sign in."""
        super().__init__("Sign in first: send the header `Authorization: Bearer TOKEN`.")


class Forbidden(Refused):
    """The object is visible, the deed is not allowed."""

    code = "FORBIDDEN"

    def __init__(self, requires: Sequence[str], message: str) -> None:
        """Remember which permissions are missing."""
        super().__init__(message)
        self.requires = tuple(requires)

    @property
    @override
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "requires": list(self.requires)}


class BadInput(DomainError):
    """An argument of a field that reads cannot be accepted."""


class Vanished(BadInput):
    """What belongs to a thing was deleted between two looks; a deed looks again, and finds the thing gone as well."""


class QueryTooComplex(DomainError):
    """The operation asks for more than its limits."""

    code = "QUERY_TOO_COMPLEX"


class RateLimited(DomainError):
    """The caller asks for too much in a short time, or for too many things at once; come back."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after_seconds: int, message: str) -> None:
        """Remember when to come back."""
        super().__init__(f"{message} Ask again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds

    @property
    @override
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "retryAfterSeconds": self.retry_after_seconds}


class Unavailable(DomainError):
    """The database does not answer now, or its disk takes nothing; what was asked for may be sent again soon."""

    code = "UNAVAILABLE"
    retry_after_seconds = 5

    def __init__(self) -> None:
        """Say the same whatever is wrong: the log says more."""
        super().__init__(f"The database does not answer now. Ask again in {self.retry_after_seconds} s.")

    @property
    @override
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "retryAfterSeconds": self.retry_after_seconds}


class RenderFault(DomainError):
    """There is no rendering now."""


class RenderFailure(RenderFault):
    """Another try would fail as well for `lasts_seconds`: 0 for what lies in the machine, None for ever."""

    def __init__(self, message: str, *, lasts_seconds: float | None = None) -> None:
        """Remember for how long it is worth remembering."""
        super().__init__(message)
        self.lasts_seconds = lasts_seconds


class RenderFailed(RenderFailure):
    """The notebook cannot be shown in this way."""

    code = "RENDER_FAILED"


class RenderTimeout(RenderFailure):
    """Rendering took longer than an operator allows."""

    code = "RENDER_TIMEOUT"


class RenderPending(RenderFault):
    """Rendering goes on; come back."""

    code = "RENDER_PENDING"

    def __init__(self, retry_after_seconds: int) -> None:
        """Remember when to come back."""
        super().__init__(f"The rendering is not ready yet; ask again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds

    @property
    @override
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "retryAfterSeconds": self.retry_after_seconds}


class UserFault(DomainError):
    """What the caller can put right; `field` is the path inside the arguments, in Python names."""

    def __init__(self, message: str, field: Sequence[str] = ()) -> None:
        """Say what is wrong and where."""
        super().__init__(message)
        self.field = tuple(field)


class InvalidInput(UserFault):
    """Something in the input is not acceptable."""


class NotFound(UserFault):
    """Absent or hidden, which look the same."""

    code = "NOT_FOUND"

    def __init__(self, field: Sequence[str] = (), *, what: str) -> None:
        """Name the kind of thing, never the thing."""
        super().__init__(f"There is no such {what}, or you may not see it.", field)


class NameTaken(UserFault):
    """Another thing has that name."""

    code = "CONFLICT"


class TooLarge(UserFault):
    """More bytes than the limit."""

    code = "TOO_LARGE"

    def __init__(self, limit_bytes: int, field: Sequence[str] = ()) -> None:
        """Remember the limit, in bytes."""
        super().__init__(f"At most {limit_bytes:,} bytes are accepted.", field)
        self.limit_bytes = limit_bytes


class InvalidNotebook(UserFault):
    """The bytes cannot be read as a notebook; `reason` says why, `cell_index` where, if known."""

    def __init__(self, reason: str, cell_index: int | None = None, field: Sequence[str] = ()) -> None:
        """Remember why and where."""
        where = "" if cell_index is None else f" (cell {cell_index})"
        super().__init__(f"This is not a notebook that can be read{where}: {reason}", field)
        self.reason, self.cell_index = reason, cell_index


class NotebookNotPublished(UserFault):
    """The notebook has no export to show."""

    code = "FAILED_PRECONDITION"

    def __init__(self, notebook_id: str, field: Sequence[str] = ()) -> None:
        """Remember the notebook, which the caller may see."""
        super().__init__("The notebook has no export yet: publish it first, or create an export.", field)
        self.notebook_id = notebook_id


class NotebookInUse(UserFault):
    """Insights show the notebook."""

    code = "FAILED_PRECONDITION"

    def __init__(self, insight_ids: Sequence[str], field: Sequence[str] = ()) -> None:
        """Remember the insights that the caller finds in lists; the message tells of no number, since there may be others."""
        super().__init__("The notebook is shown by insights: delete those first, or set `force` to leave them without a notebook.", field)
        self.insight_ids = tuple(insight_ids)


class ExportPinned(UserFault):
    """Insights pin the export."""

    code = "FAILED_PRECONDITION"

    def __init__(self, insight_ids: Sequence[str], field: Sequence[str] = ()) -> None:
        """Remember the insights that the caller finds in lists; the message tells of no number, since there may be others."""
        super().__init__("The export is pinned by insights: let those show another, or set `unpin` to let them follow the newest.", field)
        self.insight_ids = tuple(insight_ids)


class VersionConflict(UserFault):
    """The dashboard has changed since the version the caller knows."""

    code = "CONFLICT"

    def __init__(self, dashboard_id: str, current: int, field: Sequence[str] = ()) -> None:
        """Remember the dashboard and its version now."""
        super().__init__(f"The dashboard is at version {current} by now: read it again and repeat the change.", field)
        self.dashboard_id = dashboard_id


class RevisionConflict(UserFault):
    """The live notebook has changed since the revision the caller knows."""

    code = "CONFLICT"

    def __init__(self, notebook_id: str, field: Sequence[str] = ()) -> None:
        """Remember the notebook."""
        super().__init__("The notebook has another revision, so it was saved meanwhile: read its revision again and repeat.", field)
        self.notebook_id = notebook_id


class IdempotencyKeyReused(UserFault):
    """The key was used with another input."""

    code = "CONFLICT"
