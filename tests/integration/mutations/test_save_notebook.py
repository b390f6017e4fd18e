"""saveNotebook: what can be read as a notebook is saved; only its author's side changes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from server.domain.ids import kind_of
from tests.fixtures import make
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.mutations.asking import (
    ask,
    bad_names,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    fault,
    fault_in,
    last_subject,
    query_of,
    refusal_in,
    token_for_reading,
)

FIELD = "saveNotebook"
SOURCE = "query($id: ID!) { notebook(id: $id) { name source revision modifiedBy { login } createdBy { login } kernel { name } } }"
LIMIT = 3_000


def content(text: str = "1") -> str:
    return json.dumps(make.notebook(make.code(text, make.stream(text))))


def given(text: str = "1", **more: object) -> dict[str, object]:
    return {"projectKey": "SALES", "name": "Weekly", "content": content(text), **more}


async def upload(world: World, who: str | None, data: bytes, **more: object) -> dict[str, Any]:
    """Save by the multipart request specification."""
    query = query_of(FIELD)
    operations = json.dumps({"query": query, "variables": {"input": {"projectKey": "SALES", "name": "Weekly", "file": None, **more}}})
    headers = {"graphql-require-preflight": "1"} | ({"authorization": f"Bearer {world.tokens[who]}"} if who else {})
    parts = {"operations": operations, "map": '{"0": ["variables.input.file"]}'}
    response = await world.client.post("/graphql", data=parts, files={"0": ("weekly.ipynb", data)}, headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture
async def small_world(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server that takes notebooks up to LIMIT bytes."""
    made = await make_world(settings_for(sqlite_url, tmp_path, max_notebook_bytes=LIMIT))
    yield made
    await end_world(made)


async def test_a_notebook_is_created_and_then_its_next_states_are_saved_under_its_name(world: World) -> None:
    first = (await do(world, "coder", FIELD, **given("1", name="  Weekly ")))["notebook"]
    assert await last_subject(world) == first["id"]
    assert (first["name"], first["createdBy"], first["modifiedBy"]) == ("Weekly", {"login": "coder"}, {"login": "coder"})
    second = (await do(world, "admin", FIELD, **given("2")))["notebook"]
    assert (second["id"], second["modifiedBy"], second["createdBy"]) == (first["id"], {"login": "admin"}, {"login": "coder"})
    assert second["revision"] != first["revision"]
    seen = (await world.ok("analyst", SOURCE, id=first["id"]))["notebook"]
    assert seen["source"] == json.loads(content("2"))
    assert (seen["revision"], seen["kernel"]) == (second["revision"], {"name": "python3"})


async def test_a_file_is_saved_as_text_is(world: World) -> None:
    answer = await upload(world, "coder", content("by file").encode())
    made = answer["data"][FIELD]["notebook"]
    assert (await world.ok("analyst", SOURCE, id=made["id"]))["notebook"]["source"] == json.loads(content("by file"))
    assert await world.events() == [("coder", FIELD, "ALLOWED")]
    assert refusal_in(await upload(world, "writer", b"{}"), FIELD) == ["WRITE_SAFE_CODE"]
    assert (await upload(world, None, b"{}"))["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    error = fault_in(await upload(world, "coder", b"\xff\xfe"), FIELD)
    assert (error["__typename"], error["field"]) == ("InvalidNotebook", ["input", "file"])


async def test_only_writers_with_the_code_right_save(world: World) -> None:
    both, write, code = ["WRITE_PROJECT_CONTENT", "WRITE_SAFE_CODE"], ["WRITE_PROJECT_CONTENT"], ["WRITE_SAFE_CODE"]
    readers = dict.fromkeys(("dash_reader", "dash_writer", "dash_moderator", "analyst", "analyst_dash", "auth_manager"), both)
    refused = {"stranger": None, "code_only": None, **readers, "dash_coder": write, "writer": code, "project_admin": code}
    await check_refusals(world, FIELD, given(), refused, hidden="projectKey", allowed=["coder", "admin"])


async def test_a_token_that_may_only_read_hears_that_it_may_only_read(world: World) -> None:
    answer = await ask(world, await token_for_reading(world, "coder"), FIELD, given())
    assert answer["errors"][0]["message"] == "The access token may only read: use one with the scope WRITE."


async def test_who_may_not_save_fills_no_store(world: World) -> None:
    await ask(world, "writer", FIELD, given("forbidden"))
    await ask(world, None, FIELD, given("nobody"))
    await fault(world, "coder", FIELD, **given("nowhere", projectKey="NOSUCH"))
    assert [blob async for blob in world.application.parts.store.walk()] == []


async def test_what_is_no_notebook_is_refused_and_says_why(world: World) -> None:
    deep = '{"nbformat": 4, "nbformat_minor": 5, "metadata": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + ', "cells": []}'
    texts = ("", " ", "not json", "[]", "null", "1", '"nbformat"', "{}", '{"nbformat": 4}', '{"nbformat": 5, "cells": []}')
    more = ('{"nbformat": "4", "cells": []}', '{"nbformat": 4, "cells": {}}', '{"nbformat": 4, "cells": [1]}', "[" * 100_000, deep)
    notebooks = [({"content": text}, "InvalidNotebook", ["content"]) for text in (*texts, *more, content()[:-1], content() + "x")]
    await check_faults(world, "coder", FIELD, given(), *notebooks)
    error = await fault(world, "coder", FIELD, **given(content='{"nbformat": 4, "cells": [{"cell_type": "raw"}, 1]}'))
    assert (error["code"], error["cellIndex"], error["reason"]) == ("BAD_USER_INPUT", 1, "a cell is not an object.")


async def test_names_and_sources_are_checked(world: World) -> None:
    both = {"content": None}
    cases = [(both, "InvalidInput", ["content"]), *bad_names(), *bad_names("newName")]
    absent = [({"projectKey": key}, "NotFound", ["projectKey"]) for key in ("NOSUCH", "", "x" * 10_000, "sales")]
    await check_faults(world, "coder", FIELD, given(), *cases, *absent)
    error = fault_in(await upload(world, "coder", content().encode(), content=content()), FIELD)
    assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", "content"])


async def test_one_byte_over_the_limit_is_too_large(small_world: World) -> None:
    world = small_world
    empty = json.dumps(make.notebook(make.markdown("")))
    fits = json.dumps(make.notebook(make.markdown("x" * (LIMIT - len(empty)))))
    assert len(fits) == LIMIT
    await do(world, "coder", FIELD, **given(content=fits))
    error = await fault(world, "coder", FIELD, **given(content=fits + " "))
    assert (error["__typename"], error["code"], error["limitBytes"]) == ("TooLarge", "TOO_LARGE", LIMIT)
    error = fault_in(await upload(world, "coder", fits.encode() + b" "), FIELD)
    assert (error["__typename"], error["field"], error["limitBytes"]) == ("TooLarge", ["input", "file"], LIMIT)


async def test_a_notebook_is_renamed_and_keeps_its_id_and_its_exports(world: World) -> None:
    """Rule 1: renaming the live notebook changes no export."""
    saved = (await do(world, "coder", FIELD, **given()))["notebook"]
    made = await world.publish(saved["id"], world.ids["SALES dashboard"])
    exports = await world.rows("SELECT * FROM export")
    renamed = (await do(world, "coder", FIELD, **given("2", newName=" Monthly ")))["notebook"]
    assert (renamed["id"], renamed["name"], renamed["hasUnpublishedChanges"]) == (saved["id"], "Monthly", True)
    assert await world.rows("SELECT * FROM export") == exports
    assert (await world.ok("analyst", "query($id: ID!) { insight(id: $id) { notebook { name } } }", id=made["insight"])) == {
        "insight": {"notebook": {"name": "Monthly"}}
    }
    await do(world, "coder", FIELD, **given("3", name="Monthly", newName="Monthly"))
    other = (await do(world, "coder", FIELD, **given("4")))["notebook"]
    assert other["id"] != saved["id"], "the old name is free again"
    error = await fault(world, "coder", FIELD, **given("5", newName="Monthly"))
    assert (error["__typename"], error["code"], error["field"]) == ("NameTaken", "CONFLICT", ["input", "newName"])


async def test_a_stale_revision_conflicts_and_shows_the_one_of_now(world: World) -> None:
    first = (await do(world, "coder", FIELD, **given("1")))["notebook"]
    second = (await do(world, "coder", FIELD, **given("2", expectedRevision=first["revision"])))["notebook"]
    for stale in (first["revision"], "", "nonsense"):
        error = await fault(world, "coder", FIELD, **given("3", expectedRevision=stale))
        assert (error["__typename"], error["code"], error["field"]) == ("RevisionConflict", "CONFLICT", ["input", "expectedRevision"])
        assert error["live"] == {"id": first["id"], "revision": second["revision"]}
    error = await fault(world, "coder", FIELD, **given(name="New", expectedRevision=first["revision"]))
    assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", "expectedRevision"])


async def test_of_many_who_save_the_same_revision_at_once_one_wins(world: World) -> None:
    start = (await do(world, "coder", FIELD, **given("start")))["notebook"]["revision"]
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given(str(n), expectedRevision=start)) for n in range(8)))
    payloads = [answer["data"][FIELD] for answer in answers]
    [won] = [payload["notebook"] for payload in payloads if payload["notebook"]]
    assert [payload["errors"][0]["__typename"] for payload in payloads if payload["errors"]] == ["RevisionConflict"] * 7
    assert (await world.ok("coder", SOURCE, id=won["id"]))["notebook"]["revision"] == won["revision"]


async def test_many_who_create_one_name_at_once_make_one_notebook(world: World) -> None:
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given(str(n))) for n in range(8)))
    assert len({answer["data"][FIELD]["notebook"]["id"] for answer in answers}) == 1


async def test_saving_and_publishing_at_once_never_fail_each_other(world: World) -> None:
    """Two deeds that lock the same rows in different orders would end in a deadlock on PostgreSQL."""
    notebook = await world.save()
    publish = {"notebookId": notebook, "targets": [{"dashboardId": world.ids["SALES dashboard"]}]}
    deeds = [ask(world, "coder", *([FIELD, given(str(n))] if n % 2 else ["publishNotebook", publish])) for n in range(20)]  # type: ignore[arg-type]
    assert [answer.get("errors") for answer in await asyncio.gather(*deeds)] == [None] * 20
    assert await world.rows("SELECT max(sequence), count(*) FROM export") == [(10, 10)]


async def test_the_same_name_in_another_project_is_another_notebook(world: World) -> None:
    """Rule 25."""
    ids = await elsewhere(world)
    mine = (await do(world, "coder", FIELD, **given(name="Elsewhere")))["notebook"]
    assert mine["id"] != ids["notebook"]
    assert kind_of(mine["id"]) == kind_of(ids["notebook"])
    await check_faults(world, "coder", FIELD, given(), ({"projectKey": "OTHER"}, "NotFound", ["projectKey"]))
