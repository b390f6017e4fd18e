"""Deeds with an idempotency key: the same input again gets the same answer and has no second effect."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

import orjson

from server.context import Context
from server.db.models import Entity, IdempotencyKeyRow
from server.db.repositories.idempotency_keys import find_answer
from server.domain.dashboards import WarningCode
from server.domain.errors import IdempotencyKeyReused, InvalidInput
from server.domain.names import MAX_NAME, is_storable
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class Answer:
    """What a deed made, by id, and what it warned of."""

    ids: dict[str, list[str]]
    warnings: list[Warned]


async def recall(context: Context, mutation: str, key: str | None, given: object) -> Answer | None:
    """Return what an earlier call with the key answered; raises IdempotencyKeyReused if it had another input."""
    if key is None:
        return None
    if not 0 < len(key) <= MAX_NAME or not is_storable(key):
        msg = f"An idempotency key is 1 to {MAX_NAME} characters."
        raise InvalidInput(msg, ["input", "idempotency_key"])
    row = await find_answer(context.session, context.caller.user_id, mutation, key)
    if row is None:
        return None
    if row.input_digest != _digest(given):
        msg = "The idempotency key was used before with another input: take a new one."
        raise IdempotencyKeyReused(msg, ["input", "idempotency_key"])
    warnings = [Warned(WarningCode(entry["code"]), entry["message"], can_fix=entry["can_fix"]) for entry in row.answer["warnings"]]
    return Answer(row.answer["ids"], warnings)


async def remember(context: Context, mutation: str, key: str | None, given: object, answer: Answer) -> None:
    """Keep the answer for a retry; of two calls at once, the database lets one through and the other is done again."""
    if key is None:
        return
    warnings: list[dict[str, Any]] = [{**asdict(warned), "code": warned.code.value} for warned in answer.warnings]
    context.session.add(
        IdempotencyKeyRow(
            user_id=context.caller.user_id,
            mutation=mutation,
            key=key,
            input_digest=_digest(given),
            answer={"ids": answer.ids, "warnings": warnings},
            created_at=context.now(),
        )
    )
    await context.session.flush()


async def recalled(context: Context, ids: Sequence[str]) -> list[Entity]:
    """Load what an earlier call made, as far as it is still there and visible."""
    rows = [await context.loaders.nodes.load(id_) for id_ in ids]
    return [row for row in rows if row is not None]


def _digest(given: object) -> str:
    return sha256(orjson.dumps(given, default=_plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError
