"""One operation: who asks, what was proven, the ports and the loaders it may use."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from server.auth.addresses import AddressSigner
from server.auth.conditions import Subject
from server.auth.rules import Action, Decision, decide
from server.auth.viewer import Viewer
from server.config import Settings
from server.db.models import AccessTokenRow, DashboardRow, Entity, InsightRow, PageRow, ProjectRow, TileRow, UserRow
from server.db.repositories.notebooks import NotebookState
from server.db.session import Database
from server.db.watches import Watches
from server.domain.budget import Budget
from server.domain.errors import Unauthenticated
from server.domain.grants import GlobalPermission
from server.domain.ids import Kind
from server.domain.measures import Measures
from server.domain.notebooks import StoredNotebook
from server.domain.traces import Traces
from server.render.renderer import Renderer
from server.stores.port import BlobStore

PROOF: ContextVar[set[Action] | None] = ContextVar("PROOF", default=None)
"""Checks made on behalf of the field being resolved; each field's task has its own."""

DEADLINE: ContextVar["Deadline | None"] = ContextVar("DEADLINE", default=None)
"""That of the operation which the task runs, where waiting must not count."""

K_contra = TypeVar("K_contra", contravariant=True)
V = TypeVar("V")
E = TypeVar("E")
T = TypeVar("T")


class Deadline:
    """A limit on the time that an operation works; it starts anew after each wait for others."""

    def __init__(self, seconds: float) -> None:
        """Take the limit."""
        self.seconds = seconds
        self._timeout = asyncio.timeout(seconds)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Raise TimeoutError where the limit is passed."""
        token = DEADLINE.set(self)
        try:
            async with self._timeout:
                yield
        finally:
            DEADLINE.reset(token)

    @property
    def has_passed(self) -> bool:
        """Whether the limit is what ended the work."""
        return self._timeout.expired()

    async def without(self, waiting: Awaitable[T]) -> T:
        """Wait for something that takes as long as it takes."""
        self._timeout.reschedule(None)
        result = await waiting
        self._timeout.reschedule(asyncio.get_running_loop().time() + self.seconds)
        return result


async def without_deadline(waiting: Awaitable[T]) -> T:
    """Wait for something that takes as long as it takes, whether there is a deadline or not."""
    deadline = DEADLINE.get()
    return await (waiting if deadline is None else deadline.without(waiting))


class Loader(Protocol[K_contra, V]):
    """A batching loader, as far as anyone below schema/ needs to know."""

    def load(self, key: K_contra) -> Awaitable[V]:
        """Return one value, batched with its neighbours."""
        ...

    def prime(self, key: K_contra, value: V) -> None:
        """Remember a value that was found on another way."""
        ...


class Loaders(Protocol):
    """All loaders of an operation; each holds to what the viewer may see."""

    @property
    def nodes(self) -> Loader[str, Entity | None]:
        """Any visible row by its id."""
        ...

    @property
    def projects_by_key(self) -> Loader[str, ProjectRow | None]:
        """Any visible project by its key."""
        ...

    @property
    def users_by_login(self) -> Loader[str, UserRow | None]:
        """Any visible user by login."""
        ...

    @property
    def notebook_states(self) -> Loader[str, NotebookState | None]:
        """Name, project, authorization and newest export of a notebook already known to be visible."""
        ...

    @property
    def pages(self) -> Loader[str, list[PageRow]]:
        """The pages of a visible dashboard."""
        ...

    @property
    def tiles(self) -> Loader[str, list[TileRow]]:
        """The tiles of a visible page."""
        ...

    @property
    def tiles_of_insight(self) -> Loader[str, list[tuple[TileRow, DashboardRow]]]:
        """The tiles that show an insight on dashboards the viewer finds in lists."""
        ...

    @property
    def insights_pinning(self) -> Loader[str, list[InsightRow]]:
        """The insights that pin an export, as far as the viewer finds them in lists."""
        ...

    @property
    def tokens(self) -> Loader[str, list[AccessTokenRow]]:
        """The access tokens of a user that are neither revoked nor expired."""
        ...

    @property
    def global_grants(self) -> Loader[str, list[GlobalPermission]]:
        """What a user or a group was given itself on the whole instance, in the order of the enum."""
        ...


class MakeLoaders(Protocol):
    """Makes the loaders of one operation, or of one deed inside it."""

    def __call__(self, context: "Context") -> Loaders:
        """Bind every batch function to the context."""
        ...


class Rates(Protocol):
    """How much each caller may ask for; callers are known by a word that tells nothing else."""

    async def charge(self, who: str, cost: int) -> None:
        """Count what an operation costs; raises RateLimited."""
        ...

    def refused(self, who: str) -> None:
        """Count a document that was refused, for `wait`."""
        ...

    async def wait(self, who: str) -> None:
        """Wait before a document is looked at, if many of the caller's were refused lately."""
        ...

    def turn(self, who: str) -> AbstractAsyncContextManager[None]:
        """Run beside a few others of the same caller; raises RateLimited."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Line(Protocol):
    """The connection that answers go out on."""

    @property
    def is_full(self) -> bool:
        """Whether so much lies there that nothing more is to be worked out now."""
        ...

    async def room(self) -> None:
        """Wait for as long as it is full."""
        ...

    def event(self) -> AbstractAsyncContextManager[None]:
        """Work out one event and have it taken, when there is room."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root hands to every operation."""

    settings: Settings
    database: Database
    store: BlobStore
    renderer: Renderer
    signer: AddressSigner
    make_loaders: MakeLoaders
    rates: Rates
    watches: Watches
    measures: Measures
    traces: Traces
    clock: Callable[[], datetime]
    new_id: Callable[[Kind], str]


def caller_key(user_id: str | None, sent_from: str) -> str:
    """Return whose rate counts: the signed-in user's, else that of whoever shares the sender's address."""
    return f"user:{user_id}" if user_id is not None else f"address:{sent_from}"


Authenticate = Callable[[], Awaitable[Viewer | None]]


@dataclass(frozen=True, slots=True)
class Told:
    """What logs and measures tell of an operation: how its client called it, which kind it is, how we call it, how it ended."""

    name: str | None
    kind: str
    label: str
    outcome: str


@dataclass(slots=True)
class Context:
    """What resolvers get; `renew()`, `look_again()`, `enter()`, `leave()` and `flush()` are the only ways its viewer and loaders change."""

    parts: Parts
    authenticate: Authenticate
    content_base: str
    sent_from: str = ""
    line: Line | None = None
    begun: Callable[[], None] | None = None
    """Called once, when the operation has passed its limits and is about to run."""
    cost: int = 1
    """What it was charged, and each event will be."""
    told: Told | None = None
    """Known when the operation has ended."""
    viewer: Viewer | None = None
    loaders: Loaders = field(init=False)
    budget: Budget = field(init=False)
    subject: Subject = field(default_factory=Subject)
    prepared: StoredNotebook | None = None
    deeds_done: int = 0
    _session: AsyncSession | None = None
    _readers: set[asyncio.Task[Any] | None] = field(default_factory=set[asyncio.Task[Any] | None])

    def __post_init__(self) -> None:
        """Begin with a full budget."""
        self.replenish()

    def replenish(self) -> None:
        """Give the operation what it may use: at its start, and again for each event of one that goes on."""
        settings = self.parts.settings
        self.budget = Budget(settings.max_operation_rows, settings.max_operation_renders, settings.max_response_bytes)

    async def renew(self) -> None:
        """Forget what was read: at an operation's start and after each deed."""
        await self.look_again()
        self.loaders = self.parts.make_loaders(self)

    async def look_again(self) -> None:
        """Read who asks, with the rights of now; the loaders stay."""
        self.viewer = await self.authenticate()

    @property
    def caller_key(self) -> str:
        """Whose rate counts: the signed-in user's, else that of whoever shares the sender's address."""
        return caller_key(None if self.viewer is None else self.viewer.user_id, self.sent_from)

    @property
    def caller(self) -> Viewer:
        """Whoever asks; raises Unauthenticated for nobody."""
        if self.viewer is None:
            raise Unauthenticated
        return self.viewer

    @property
    def session(self) -> AsyncSession:
        """The open transaction of the deed being done."""
        if self._session is None:
            msg = "no unit of work is open"
            raise RuntimeError(msg)
        return self._session

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a short session; inside a deed, use the deed's own, so that it sees what it has done."""
        if self._session is not None:
            reader = asyncio.current_task()
            self._readers.add(reader)
            try:
                yield self._session
            finally:
                self._readers.discard(reader)
        else:
            async with self.parts.database.reading() as session:
                yield session

    def enter(self, session: AsyncSession) -> None:
        """Begin a deed in a transaction, with nothing remembered from before."""
        self._session, self.subject = session, Subject()
        self.loaders = self.parts.make_loaders(self)

    async def settle(self) -> None:
        """Stop whoever still reads in the deed's transaction, which is about to end: loaders outlive a deed that was cancelled."""
        others = {reader for reader in self._readers if reader is not None} - {asyncio.current_task()}
        for other in others:
            other.cancel()
        if others:
            await asyncio.wait(others)

    def leave(self) -> None:
        """End the deed."""
        self._session = None
        self.loaders = self.parts.make_loaders(self)

    async def flush(self) -> None:
        """Write what the deed has done so far, and let its loaders see it."""
        await self.session.flush()
        self.loaders = self.parts.make_loaders(self)

    def counted(self, entries: Sequence[E]) -> Sequence[E]:
        """Count the entries of a list that is about to be answered, and return them; raises QueryTooComplex."""
        self.budget.take_rows(len(entries))
        return entries

    def now(self) -> datetime:
        """Tell the time."""
        return self.parts.clock()

    def new_id(self, kind: Kind) -> str:
        """Make an id."""
        return self.parts.new_id(kind)

    def decide(self, action: Action, subject: Subject) -> Decision:
        """Look the rule up without enforcing it, for `viewerCan` and warnings."""
        return decide(self.caller, action, subject)

    def authorize(self, action: Action, subject: Subject) -> None:
        """Check the table for the real thing; raises Forbidden, records the proof."""
        if subject.project_id is not None or subject.id is not None:
            self.subject = subject
        self.decide(action, subject).enforce()
        self.vouch(action)

    def vouch(self, action: Action) -> None:
        """Record the proof of a rule that SQL has applied to the very rows returned."""
        proof = PROOF.get()
        if proof is not None:
            proof.add(action)
