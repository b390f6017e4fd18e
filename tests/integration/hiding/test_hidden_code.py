"""What would confirm a guess of hidden code: two notebooks that differ in code alone are the same to whoever may not see it.

| field | hidden how |
|---|---|
| `digest`, `sourceRevision`, `byteSize` of an export; `revision`, `source`, `modifiedAt` of a notebook | null, or FORBIDDEN |
| `etag`, addresses, `ETag` | keyed: without the server's key nobody can make the one that belongs to a guess |
| bodies, fragments, cells, their ids, sizes, notices, files under addresses | the same bytes |
| a guessed revision, digest or tag sent by a caller | answered like a wrong one |
"""

import json
import re
from dataclasses import dataclass
from functools import partial
from hashlib import md5, sha1, sha256
from typing import Any, Final

import pytest

from server.auth.addresses import AddressSigner
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from server.domain.notebooks import revision_of
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.hiding.crawl import SCHEMA, selection
from tests.integration.hiding.scene import DASHBOARD_ONLY, INSIDE, asked
from tests.integration.http.serving import client_of, signed_in
from tests.integration.mutations.asking import do, query_of

SOURCES: Final = {"one": "discount = 7", "two": "discount = 12345  # of another length\nraise SystemExit"}
EXPOSURES: Final = [("TILES", False, 4), ("TILES", True, 4), ("ALWAYS", False, 5), ("NEVER", True, 5)]
"""What the authorization exposes, whether the tile shows code, and the minor format of the notebooks."""
KEYED: Final = re.compile(
    r'\\?"[0-9a-f]{32}\\?"|/content/[\w-]+|\b[pneidgtzurka][0-9a-v]{25}[048cgkos]\b|\b20\d\d-[\dT:.+ -]+|xnamed\w+x|YWZ0ZXI6[\w-]+'
)
"""Tags, addresses, ids, times, cursors and the notebooks' own names: what differs between two things that hold the same."""


def document(source: str, *, minor: int) -> dict[str, Any]:
    """Make a notebook with code in every place that code may stand in: cells, tracebacks, metadata; older ones have no ids of cells."""
    trace = make.error_output("ValueError", "wrong", f"----> 1 {source}", "ValueError: wrong")
    cells = [make.markdown("# Results"), make.code(source, make.stream("shown\n")), make.code(source, trace, metadata={"old": source})]
    return make.notebook(*cells, minor=minor, metadata={"papermill": {"parameters": source}})


@dataclass(frozen=True, slots=True)
class Twin:
    """A notebook, its export, its tile, and the bytes that are stored."""

    notebook: str
    export: str
    tile: str
    stored: bytes


async def twins(world: World, *, minor: int = 4, show_code: bool = False) -> list[Twin]:
    """Publish two notebooks that differ in code alone."""
    found = []
    for name, source in SOURCES.items():
        content = json.dumps(document(source, minor=minor))
        saved = await do(world, "coder", "saveNotebook", projectKey="SALES", name=f"xnamed{name}x", content=content)
        board = (await do(world, "coder", "createDashboard", projectKey="SALES", name="Board", listed=True))["dashboard"]["id"]
        given = {"targets": [{"dashboardId": board, "showCode": show_code}], "insightName": "xnamedinsightx"}
        made = await do(world, "coder", "publishNotebook", notebookId=saved["notebook"]["id"], **given)
        found.append(Twin(saved["notebook"]["id"], made["export"]["id"], made["tiles"][0]["id"], content.encode()))
    return found


async def told(world: World, who: str, twin: Twin) -> list[str]:
    """Return all that somebody is told of a twin, with what is keyed taken out: each field with each way to ask, each address."""
    told = []
    for type_, id_ in (("Notebook", twin.notebook), ("Export", twin.export), ("InsightTile", twin.tile)):
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {selection(SCHEMA.type_map[type_])} }} }} }}"
        answer = json.dumps(await world.run(who, query, id=id_))
        told.append(KEYED.sub("…", answer))
        for url in re.findall(r"/content/[\w-]+", answer):
            response = await world.client.get(url)
            assert response.status_code == 200
            told.append(KEYED.sub("…", f"{response.headers} {response.text}"))
    return told


@pytest.mark.parametrize(("exposure", "show_code", "minor"), EXPOSURES)
async def test_notebooks_that_differ_in_hidden_code_alone_are_told_apart_by_nothing(
    world: World,
    exposure: str,
    show_code: bool,  # noqa: FBT001
    minor: int,
) -> None:
    one, two = await twins(world, minor=minor, show_code=show_code)
    for twin in (one, two):
        await world.authorize(twin.notebook, exposure)
    shown = exposure == "ALWAYS" or (exposure == "TILES" and show_code)
    for who in DASHBOARD_ONLY:
        first, second = await told(world, who, one), await told(world, who, two)
        assert len(first) == len(second) >= 8
        assert (first == second) is not shown
        assert any("discount" in text for text in first) is shown
    assert await told(world, "analyst", one) != await told(world, "analyst", two)


FIELDS: Final = """query($notebook: ID!, $export: ID!) { export(id: $export) { byteSize digest sourceRevision viewerCan { showCode }
    code: rendering(showCode: true) { codeIncluded } cells(showCode: true) { nodes { source } } }
    notebook(id: $notebook) { revision modifiedAt hasUnpublishedChanges modifiedBy { id } source } }"""


@pytest.mark.parametrize("exposure", ["TILES", "ALWAYS", "NEVER"])
async def test_fields_that_would_confirm_a_guess_are_null_to_whom_code_is_hidden_from(world: World, exposure: str) -> None:
    one, _ = await twins(world, show_code=True)
    await world.authorize(one.notebook, exposure)
    for who in INSIDE:
        await check_fields(world, one, exposure, who)


async def check_fields(world: World, one: Twin, exposure: str, who: str) -> None:
    """Hold each field to what somebody may read of the code."""
    answer = await world.run(who, FIELDS, notebook=one.notebook, export=one.export)
    export, notebook = answer["data"]["export"], answer["data"]["notebook"]
    reads = who in {"analyst", "writer"}
    may = reads or exposure == "ALWAYS"
    confirming = {"byteSize": len(one.stored), "digest": f"sha256:{sha256(one.stored).hexdigest()}"}
    for name, value in confirming.items():
        assert export[name] == (value if may else None)
    assert (export["sourceRevision"] is not None) is export["viewerCan"]["showCode"] is may
    assert (export["code"], export["cells"] is None) == ({"codeIncluded": True} if may else None, not may)
    assert all((value is not None) is reads for value in notebook.values())
    refused = [] if may else [["export", "code"], ["export", "cells"]]
    refused += [] if reads else [["notebook", "source"]]
    assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {"FORBIDDEN"}
    assert sorted(error["path"] for error in answer.get("errors", [])) == sorted(refused)


async def test_tags_and_addresses_cannot_be_made_without_the_servers_key(world: World) -> None:
    one, _ = await twins(world)
    await world.authorize(one.notebook)
    query = "query($id: ID!) { export(id: $id) { rendering { etag url } } }"
    seen = []
    for key in (b"a" * 32, b"b" * 32):
        client = client_of(world, signer=AddressSigner(partial(bytes, key)))
        body = {"query": query, "variables": {"id": one.export}}
        rendering = (await client.post("/graphql", json=body, headers=signed_in(world, "dash_reader"))).json()["data"]["export"][
            "rendering"
        ]
        response = await client.get(rendering["url"])
        seen.append((rendering["etag"], rendering["url"], response.headers["etag"]))
        assert rendering["etag"] != response.headers["etag"], "one for each place"
    assert len({part for pair in seen for part in pair}) == 6
    digest = sha256(one.stored).hexdigest()
    assert all(digest[:16] not in part for pair in seen for part in pair)


async def test_whoever_publishes_their_guess_learns_nothing_from_its_tags(world: World) -> None:
    """A reader of one project who writes code in another saves what the hidden code may be, under the same name."""
    one, _ = await twins(world)
    await world.authorize(one.notebook)
    guesser = await world.person("guesser", permissions=[P.READ_DASHBOARDS], globally=[G.WRITE_SAFE_CODE])
    await world.project("GUESSES", guesser)
    given = {"projectKey": "GUESSES", "name": "xnamedonex", "content": one.stored.decode()}
    saved = (await do(world, "guesser", "saveNotebook", **given))["notebook"]["id"]
    guessed = (await do(world, "guesser", "publishNotebook", notebookId=saved))["export"]["id"]
    query = "query($id: ID!) { export(id: $id) { rendering { etag body url } } }"
    theirs, own = [(await world.ok("guesser", query, id=id_))["export"]["rendering"] for id_ in (one.export, guessed)]
    assert theirs["body"] == own["body"], "the guess is right"
    assert theirs["etag"] != own["etag"]
    tags = [(await world.client.get(rendering["url"])).headers["etag"] for rendering in (theirs, own)]
    assert tags[0] != tags[1]
    assert (await world.client.get(theirs["url"], headers={"if-none-match": tags[1]})).status_code == 200


async def test_ids_of_cells_say_nothing_of_what_is_in_them(world: World) -> None:
    """The notebooks are of a format without ids of cells; those that are made come from the export and the place."""
    query = "query($id: ID!) { export(id: $id) { cells { nodes { cellId } } } }"
    ids = []
    for twin in await twins(world, minor=4):
        await world.authorize(twin.notebook)
        data = await world.ok("dash_reader", query, id=twin.export)
        ids.append([cell["cellId"] for cell in data["export"]["cells"]["nodes"]])
    assert ids[0] == ids[1] or not set(ids[0]) & set(ids[1])
    assert len(set(ids[0])) == 3
    for source in SOURCES.values():
        for digest in (sha1, sha256, md5):
            guess = digest(source.encode(), usedforsecurity=False).hexdigest()
            assert not any(guess[:8] in id_ for part in ids for id_ in part)


GUESSING: Final = ("saveNotebook", "createExport", "publishNotebook")


async def test_a_guessed_revision_is_answered_like_a_wrong_one_to_whom_the_deed_is_refused(world: World) -> None:
    one, _ = await twins(world)
    await world.authorize(one.notebook)
    right = revision_of(sha256(one.stored).hexdigest())
    for field in GUESSING:
        given: dict[str, object] = {"notebookId": one.notebook}
        if field == "saveNotebook":
            given = {"projectKey": "SALES", "name": "xnamedonex", "content": one.stored.decode()}
        for who in INSIDE:
            guesses = [{"input": {**given, "expectedRevision": revision}} for revision in (right, "0" * len(right))]
            answers = [await asked(world, who, query_of(field), variables) for variables in guesses]
            assert answers[0] == answers[1], (field, who)
            assert b"FORBIDDEN" in answers[0][0]


async def test_a_guessed_digest_opens_nothing(world: World) -> None:
    """Neither as an address of content, nor as an id, nor as a tag that is known."""
    one, _ = await twins(world)
    await world.authorize(one.notebook)
    digest, never = sha256(one.stored).hexdigest(), await world.client.get("/content/never")
    for name in (digest, f"sha256:{digest}", f"{digest}.html", f"blobs/{digest}", f"{digest[:2]}/{digest}", f"..%2f{digest}", one.export):
        response = await world.client.get(f"/content/{name}")
        assert (response.status_code, response.content, response.headers) == (404, never.content, never.headers)
        answer = await world.ok("dash_reader", "query($id: ID!) { node(id: $id) { id } export(id: $id) { id } }", id=name)
        assert answer == {"node": None, "export": {"id": one.export} if name == one.export else None} or name == one.export
    data = await world.ok("dash_reader", "query($id: ID!) { export(id: $id) { rendering { url } } }", id=one.export)
    for tag in (digest, digest[:32], f"W/{digest}"):
        known = await world.client.get(data["export"]["rendering"]["url"], headers={"if-none-match": f'"{tag}"'})
        assert known.status_code == 200
