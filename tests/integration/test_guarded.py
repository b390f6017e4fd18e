"""Guarded fields that forget to ask: no answer gets out, and no deed stays."""

from typing import Any, Final

import pytest
import strawberry
from sqlalchemy import text
from strawberry.tools import create_type
from structlog.testing import capture_logs

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.auth.viewer import Viewer
from server.context import Context
from server.domain.grants import GlobalPermission
from server.schema.errors import UserError, no_errors
from server.schema.guarded import UnprovenAnswerError, deed, guarded
from server.schema.info import Info
from server.schema.masking import Schema
from tests.fixtures.world import World

SECRET: Final = "the live source"


async def forgets() -> str | None:
    return SECRET


async def vouches_for_another(info: Info) -> str | None:
    info.context.vouch(Action.VIEW_NOTEBOOK)
    info.context.authorize(Action.CREATE_PROJECT, Subject())
    return SECRET


async def vouches(info: Info) -> str | None:
    info.context.vouch(Action.READ_NOTEBOOK_SOURCE)
    return "shown"


async def is_silent() -> str | None:
    return None


@strawberry.type(description="What was done.")
class Payload:
    name: str | None = strawberry.field(description="The name.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done.", default_factory=no_errors)


async def rename(info: Info) -> Payload | None:
    await info.context.session.execute(text("UPDATE project SET name = 'Renamed' WHERE key = 'SALES'"))
    return Payload(name="Renamed")


async def rename_and_vouch_for_another(info: Info) -> Payload | None:
    info.context.vouch(Action.OPEN_PROJECT)
    return await rename(info)


async def rename_and_vouch(info: Info) -> Payload | None:
    info.context.vouch(Action.UPDATE_PROJECT)
    return await rename(info)


READS: Final = (forgets, vouches_for_another, vouches, is_silent)
DEEDS: Final = {"forgets": rename, "vouchesForAnother": rename_and_vouch_for_another, "vouches": rename_and_vouch}
SCHEMA: Final = Schema(
    query=create_type("Query", [strawberry.field(read, extensions=guarded(Action.READ_NOTEBOOK_SOURCE)) for read in READS]),
    mutation=create_type(
        "Mutation",
        [strawberry.mutation(do, name=name, extensions=deed(Action.UPDATE_PROJECT, Payload)) for name, do in DEEDS.items()],
    ),
)


async def execute(world: World, document: str) -> tuple[dict[str, Any] | None, list[Any]]:
    """Execute as somebody who lacks nothing; return data and errors."""

    async def somebody() -> Viewer:
        everywhere = frozenset({GlobalPermission.ADMINISTRATOR, GlobalPermission.CREATE_PROJECTS})
        return Viewer(user_id=world.ids["admin"], login="admin", holder="", can_write=True, global_permissions=everywhere)

    context = Context(world.application.parts, somebody, "")
    await context.renew()
    result: Any = await SCHEMA.execute(document, context_value=context)
    return result.data, list(result.errors or ())


def masked(errors: list[Any], field: str) -> bool:
    """Tell whether the one error is a fault of ours that tells nothing."""
    [error] = errors
    id_ = error.extensions["errorId"]
    message = f"Something went wrong on our side; an administrator finds it in the log as {id_}."
    return (error.path, error.extensions, error.message) == ([field], {"code": "INTERNAL", "errorId": id_}, message)


@pytest.mark.parametrize("field", ["forgets", "vouchesForAnother"])
async def test_what_was_not_asked_for_is_not_answered(world: World, field: str) -> None:
    """Somebody who may read it all the same: what counts is that the table was asked, for this very action."""
    with capture_logs() as logs:
        data, errors = await execute(world, f"{{ {field} vouches isSilent }}")
    assert data == {field: None, "vouches": "shown", "isSilent": None}
    assert masked(errors, field)
    [fault] = [entry for entry in logs if entry["event"] == "fault"]
    assert isinstance(fault["exc_info"], UnprovenAnswerError)


async def test_a_proof_is_no_proof_for_the_field_beside(world: World) -> None:
    data, errors = await execute(world, "{ vouches forgets }")
    assert data == {"vouches": "shown", "forgets": None}
    assert masked(errors, "forgets")


@pytest.mark.parametrize("field", ["forgets", "vouchesForAnother"])
async def test_a_deed_that_was_not_asked_for_is_taken_back(world: World, field: str) -> None:
    before = await world.state()
    data, errors = await execute(world, f"mutation {{ {field} {{ name }} }}")
    assert data == {field: None}
    assert masked(errors, field)
    assert await world.state() == before
    assert await world.events() == []


async def test_one_that_was_asked_for_stays(world: World) -> None:
    assert await execute(world, "mutation { vouches { name } }") == ({"vouches": {"name": "Renamed"}}, [])
    assert await world.rows("SELECT name FROM project WHERE key = 'SALES'") == [("Renamed",)]
    assert await world.events() == [("admin", "vouches", "ALLOWED")]
