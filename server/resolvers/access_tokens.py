"""Make and revoke access tokens of one's own."""

from dataclasses import dataclass
from datetime import UTC, datetime

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.auth.tokens import digest_of, make_token
from server.context import Context
from server.db.models import AccessTokenRow
from server.domain.errors import InvalidInput
from server.domain.grants import TokenScope
from server.domain.ids import Kind
from server.domain.names import check_name
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; `secret` is shown this once and stored nowhere."""

    secret: str
    row: AccessTokenRow


async def create_access_token(context: Context, name: str, scope: TokenScope, expires_at: datetime | None) -> IssuedToken:
    """Make a token for the caller that is not wider and lives no longer than the one used.

    Raises InvalidInput where nobody knows how long that lives, as with a Hub and a gateway: the token would outlive the account there.
    """
    context.authorize(Action.CREATE_ACCESS_TOKEN, Subject())
    if context.caller.vouched_for and context.caller.ends_at is None:
        msg = (
            "What you came with does not say when it ends, so no token can end with it: "
            f"have an administrator run `nbinsight token create {context.caller.login}`."
        )
        raise InvalidInput(msg, ["input"])
    secret = make_token()
    row = AccessTokenRow(
        id=context.new_id(Kind.ACCESS_TOKEN),
        user_id=context.caller.user_id,
        name=check_name(name, ["input", "name"]),
        digest=digest_of(secret) or "",
        scope=scope,
        created_at=context.now(),
        expires_at=_end_of(context, expires_at),
    )
    context.session.add(row)
    await context.flush()
    context.subject = Subject(id=row.id)
    return IssuedToken(secret, row)


def _end_of(context: Context, asked: datetime | None) -> datetime | None:
    """Return when the new token ends, in UTC; raises InvalidInput for a time that it cannot be."""
    field, limit = ["input", "expires_at"], context.caller.ends_at
    if asked is None:
        return limit
    if asked.tzinfo is None:
        msg = "Give the time with its zone, such as 2030-01-31T12:00:00Z."
        raise InvalidInput(msg, field)
    try:
        end = asked.astimezone(UTC)
    except OverflowError as error:
        msg = "Give a time between the years 1 and 9999, counted in UTC."
        raise InvalidInput(msg, field) from error
    if end <= context.now():
        msg = "The token would have expired already."
        raise InvalidInput(msg, field)
    if limit is not None and end > limit:
        msg = f"The token would outlive the one used, which ends at {limit.isoformat()}."
        raise InvalidInput(msg, field)
    return end


async def revoke_access_token(context: Context, access_token_id: str) -> str:
    """End a token with the next request; an administrator may end anybody's. Returns its id."""
    row = await nodes.get(context, AccessTokenRow, access_token_id, ["input", "access_token_id"])
    context.authorize(Action.REVOKE_ACCESS_TOKEN, await subject_of(context, row))
    row.revoked_at = row.revoked_at or context.now()
    await context.flush()
    return row.id
