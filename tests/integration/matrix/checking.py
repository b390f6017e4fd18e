"""One cell of the permission matrix, asked of a server.

Allowed: the effect is there, and each mutation leaves one ALLOWED event. Denied: the answer is FORBIDDEN with what is lacking, or
the same as for what does not exist; nothing has changed, and each FORBIDDEN of a mutation leaves one DENIED event, nothing else does.
"""

from typing import Any, Final

import pytest

from server.domain.ids import kind_of, new_id
from tests.contract.permission_matrix import MATRIX, ROLES, Row
from tests.integration.matrix.cases import CASES
from tests.integration.matrix.stage import ANY_WRITER, HELD, Deed, Look, Made, Stage, asking_for
from tests.integration.mutations.asking import fault_in, refusal_in

shared: Final = pytest.mark.asyncio(loop_scope="module")
"""The loop that a stage lives on."""

CELLS: Final = [(row, role) for row in MATRIX for role in ROLES]

each_row: Final = pytest.mark.parametrize("row", MATRIX, ids=[f"{row.actions}-{row.situation}" for row in MATRIX])
each_cell: Final = pytest.mark.parametrize(("row", "role"), CELLS, ids=[f"{row.actions}-{row.situation}-{role}" for row, role in CELLS])


def on(database: str, policy: str) -> pytest.MarkDecorator:
    """Have a file's tests ask a server with such a database whose project has such a policy."""
    return pytest.mark.parametrize("stage", [(database, policy)], ids=[f"{database}-{policy}"], indirect=True)


def is_allowed(row: Row, role: str, policy: str) -> bool:
    """Read a cell."""
    cells = row.any_writer if policy == ANY_WRITER else row.moderated or row.any_writer
    return dict(zip(ROLES, cells, strict=True))[role] == "Y"


async def check(stage: Stage, row: Row, role: str) -> None:
    """Hold the server to a cell. Whatever is refused shares its things with other cells, as it changes none of them."""
    allowed, key = is_allowed(row, role, stage.policy), (row.actions, row.situation)
    made = stage.kept.get(key)
    if made is None or made.owned or allowed:
        stage.known = None
    if made is None or allowed:
        made = await CASES[key](stage)
    if not allowed:
        stage.kept[key] = made
    await stage.give(made.owned, role)
    try:
        await (check_allowed if allowed else check_denied)(stage, made, role)
    except BaseException:
        stage.kept.pop(key, None)
        stage.known = None
        await stage.mend()
        raise


async def check_allowed(stage: Stage, made: Made, role: str) -> None:
    """See what is there to be seen, and the effect of each deed."""
    events = await stage.world.events()
    for look in made.looks:
        await check_look(stage, look, role, there=True)
    for deed in made.deeds:
        answer = await ask(stage, role, deed)
        assert "errors" not in answer, (deed.mutation, answer["errors"])
        assert answer["data"][deed.mutation]["errors"] == [], deed.mutation
        assert await effect_of(stage, deed) == deed.after, deed.mutation
    done = [(role, deed.mutation, "ALLOWED") for deed in made.deeds]
    assert (await stage.world.events())[len(events) :] == done


async def check_denied(stage: Stage, made: Made, role: str) -> None:
    """Hold each refusal to what is hidden from the role and what it lacks; nothing has changed at the end."""
    state, seen = stage.known or (await stage.state(), len(await stage.world.events()))
    for look in made.looks:
        await check_look(stage, look, role, there=False)
    denied = [(role, deed.mutation, "DENIED") for deed in made.deeds if await is_forbidden(stage, deed, role)]
    events = await stage.world.events()
    assert events[seen:] == denied
    assert await stage.state() == state
    stage.known = state, len(events)


async def check_look(stage: Stage, look: Look, role: str, *, there: bool) -> None:
    """Compare with the answer to those who hold what the role holds, among those with the row's thing in it, or without it."""
    answers = [answer for answer in look.answers if answer.there is there]
    expected = next((answer for answer in answers if answer.needs <= HELD[role]), answers[-1])
    answer = await stage.world.run(role, look.query, **look.variables)
    assert answer["data"] == expected.data
    refusals = [(error["extensions"]["code"], error["extensions"].get("requires")) for error in answer.get("errors", [])]
    assert refusals == ([("FORBIDDEN", sorted(expected.requires))] if expected.requires else [])


async def is_forbidden(stage: Stage, deed: Deed, role: str) -> bool:
    """Ask for a deed that must be refused: with FORBIDDEN, or where the thing is hidden, like one that does not exist."""
    answer, held = await ask(stage, role, deed), HELD[role]
    if deed.seen_with <= held:
        lacking = next((need - held for need in deed.needs if need - held), frozenset[str]())
        assert refusal_in(answer, deed.mutation) == sorted(lacking), deed.mutation
        return True
    hidden = fault_in(answer, deed.mutation)
    assert (hidden["__typename"], hidden["code"]) == ("NotFound", "NOT_FOUND"), deed.mutation
    kind = kind_of(deed.given[deed.hidden])
    nowhere = deed._replace(given={**deed.given, deed.hidden: new_id(kind) if kind else "NOSUCH"})
    assert hidden == fault_in(await ask(stage, role, nowhere), deed.mutation), deed.mutation
    return False


async def ask(stage: Stage, role: str, deed: Deed) -> dict[str, Any]:
    """Try it; return the whole answer."""
    return await stage.world.run(role, asking_for(deed.mutation), input=deed.given)


async def effect_of(stage: Stage, deed: Deed) -> object:
    """Look where a deed's effect shows."""
    name = "" if deed.name is None else ", $name: String!"
    query = f"query($id: ID!{name}) {{ node(id: $id) {{ ... on {deed.effect} }} }}"
    return (await stage.world.ok(deed.eyes, query, **deed.variables))["node"]
