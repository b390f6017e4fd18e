"""`guarded(Action.X)`: class, directive and proof; `deed(...)` adds the unit of work."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from strawberry.extensions import FieldExtension
from strawberry.permission import PermissionExtension
from strawberry.types.field import StrawberryField
from typing_extensions import override

from server.auth.permissions import permission_class
from server.auth.rules import RULES, Action
from server.context import PROOF, Context
from server.db.attempts import attempted
from server.db.commits import COMMITTED
from server.db.signals import announce
from server.domain.errors import Refused, Unauthenticated, UserFault
from server.domain.grants import AuditOutcome
from server.domain.measures import USER_ERRORS
from server.domain.notebooks import StoredNotebook
from server.resolvers.audit import record_event
from server.schema.errors import UserError, member_of
from server.schema.info import Info
from server.schema.payloads import Seen

Next = Callable[..., Awaitable[Any]]
Prepare = Callable[[Context, Any], Awaitable[StoredNotebook]]


class UnprovenAnswerError(RuntimeError):
    """A field answered without asking whether it may: a bug of ours."""


class Proof(FieldExtension):
    """Raises unless `context.authorize` or `context.vouch` ran for the action on behalf of this very field."""

    def __init__(self, action: Action) -> None:
        """Remember what must be proven."""
        self.action = action

    @override
    def apply(self, field: StrawberryField) -> None:
        """End the field's description with the rule's sentence, once: a schema may be built twice."""
        sentence, described = RULES[self.action].sentence, field.description or ""
        if sentence not in described:
            field.description = f"{described} {sentence}".strip()

    @override
    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> object:
        """Resolve with an empty proof; null discloses nothing and needs none."""
        token = PROOF.set(set())
        try:
            result = await next_(source, info, **kwargs)
            if result is not None and self.action not in (PROOF.get() or ()):
                msg = f"{info.field_name} answered without authorize({self.action.name})"
                raise UnprovenAnswerError(msg)
            return result
        finally:
            PROOF.reset(token)


class Payload(Protocol):
    """A payload type: makes itself from errors alone."""

    def __call__(self, *, errors: list[UserError]) -> object:
        """Build the payload that says why nothing happened."""
        ...


class Deed(FieldExtension):
    """One root mutation field: its transaction, its audit event, its faults as data."""

    def __init__(self, payload: Payload, prepare: Prepare | None) -> None:
        """Remember the payload, and what comes before the transaction."""
        self.payload = payload
        self.prepare = prepare

    @override
    def apply(self, field: StrawberryField) -> None:
        """Describe the one argument that every mutation has."""
        for argument in field.arguments:
            argument.description = argument.description or "All that the mutation is told."

    @override
    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> object:
        """Commit outside the proof; whatever is raised has already rolled back."""
        context = info.context
        try:
            may_write = context.viewer is not None and context.viewer.can_write  # who may not is stopped by the guard, at less cost
            context.prepared = await self.prepare(context, kwargs["input"]) if self.prepare and may_write else None
            result = await attempted(lambda: self._try(next_, source, info, kwargs))
        except UserFault as fault:
            context.parts.measures.add(USER_ERRORS, fault.code)
            return self.payload(errors=[member_of(fault)])
        except Unauthenticated:
            raise
        except Refused:
            await attempted(lambda: _note_refusal(context, info.field_name))
            raise
        context.deeds_done += 1
        await context.renew()  # what is selected below the payload sees the deed
        return result

    async def _try(self, next_: Next, source: object, info: Info, kwargs: dict[str, object]) -> object:
        context = info.context
        is_stopped, told = True, dict[str, object]()
        try:
            async with context.parts.database.writing() as session:
                told = session.info
                if context.parts.database.is_sqlite:  # there is one writer: while this deed waited for it, others may have ended rights
                    await session.connection()
                    await context.look_again()
                context.enter(session)
                try:
                    result = await next_(source, info, **kwargs)
                finally:
                    await context.settle()
                record_event(session, context, info.field_name, AuditOutcome.ALLOWED)
                await announce(session)
            is_stopped = False
            return result
        finally:
            if is_stopped and COMMITTED in told:  # the deadline came while it was being committed: what is told must not deny it
                context.deeds_done += 1
            context.leave()


async def _note_refusal(context: Context, field_name: str) -> None:
    async with context.parts.database.writing() as session:
        record_event(session, context, field_name, AuditOutcome.DENIED)
        await announce(session)


def guarded(action: Action) -> list[FieldExtension]:
    """Guard a field that reads. Strawberry runs the LAST extension outermost."""
    return [Proof(action), PermissionExtension(permissions=[permission_class(action)()])]


def deed(action: Action, payload: Payload, *, prepare: Prepare | None = None) -> list[FieldExtension]:
    """Guard a root mutation field: what is seen of it around deed around permission around proof; `prepare` runs before the transaction."""
    return [*guarded(action), Deed(payload, prepare), Seen()]
