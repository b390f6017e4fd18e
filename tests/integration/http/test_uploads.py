"""Files come by the multipart request specification; nobody keeps them in memory."""

import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx2
import pytest

from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import hung_up, signed_in

SAVE: Final = """mutation($file: Upload) { saveNotebook(input: {projectKey: "SALES", name: "sent", file: $file}) {
    notebook { name source } errors { __typename message field ... on TooLarge { limitBytes } } } }"""
OPERATIONS: Final[dict[str, Any]] = {"query": SAVE, "variables": {"file": None}}
NOTEBOOK: Final = make.dump(make.notebook(make.code("1", make.stream("one\n"))))
PREFLIGHT: Final = {"graphql-require-preflight": "1"}
Parts = dict[str, Any]


async def sent(
    world: World, *, operations: object = OPERATIONS, places: object = None, headers: dict[str, str] = PREFLIGHT, files: Parts | None = None
) -> httpx2.Response:
    """Send a form as the coder; by default a right one."""
    fields = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.file"]} if places is None else places)}
    files = {"0": ("sent.ipynb", NOTEBOOK)} if files is None else files
    return await world.client.post("/graphql", data=fields, files=files, headers={**headers, **signed_in(world, "coder")})


@pytest.mark.parametrize("header", ["GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Requested-With"])
async def test_a_file_is_saved(world: World, header: str) -> None:
    answer = (await sent(world, headers={header: "x"})).json()
    assert answer["data"]["saveNotebook"] == {"notebook": {"name": "sent", "source": json.loads(NOTEBOOK)}, "errors": []}


async def test_a_form_that_another_site_could_send_is_refused(world: World) -> None:
    before = await world.state()
    response = await sent(world, headers={})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "A request with files needs the header `GraphQL-Require-Preflight: 1`."
    assert await world.state() == before


HOSTILE_MAPS: Final = {
    "a list": [["variables.file"]],
    "a string": "variables.file",
    "a number": 1,
    "null": None,
    "a place that is no list": {"0": "variables.file"},
    "a place that is a number": {"0": [1]},
    "nested lists": {"0": [["variables.file"]]},
    "a file that is not there": {"1": ["variables.file"]},
    "a field of the form": {"operations": ["variables.file"]},
    "below a string": {"0": ["query.file"]},
    "below null": {"0": ["variables.file.x"]},
    "a list's missing entry": {"0": ["variables.list.7"]},
    "a list's entry by name": {"0": ["variables.list.length"]},
    "nowhere": {"0": ["nothing.file"]},
}


@pytest.mark.parametrize("places", HOSTILE_MAPS.values(), ids=HOSTILE_MAPS)
async def test_a_map_that_leads_nowhere_is_refused(world: World, places: object) -> None:
    before = await world.state()
    operations = {**OPERATIONS, "variables": {"file": None, "list": []}}
    fields = {"operations": json.dumps(operations), "map": json.dumps(places)}
    headers = PREFLIGHT | signed_in(world, "coder")
    response = await world.client.post("/graphql", data=fields, files={"0": ("sent.ipynb", NOTEBOOK)}, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert response.json()["errors"][0]["message"].startswith("`map` must name")
    assert await world.state() == before


@pytest.mark.parametrize(
    "place",
    ["query", "operationName", "variables", "extensions", "", ".", "__class__", "variables.__proto__", "variables.constructor", "toString"],
)
async def test_a_file_in_a_strange_place_is_no_fault_of_ours(world: World, place: str) -> None:
    response = await sent(world, places={"0": [place]})
    assert response.status_code in {200, 400}
    assert "INTERNAL" not in response.text
    assert not (response.json().get("data") or {}).get("saveNotebook", {}).get("notebook")


async def test_a_stranger_uploads_nothing(world: World) -> None:
    sent: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            sent.append(1_000)
            yield b"x" * 1_000

    headers = {"content-type": "multipart/form-data; boundary=x", **PREFLIGHT}
    response = await world.client.post("/graphql", content=pieces(), headers=headers)
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert sum(sent) <= 2_000, "the body is not read"


async def test_what_is_no_file_is_refused_as_a_file(world: World) -> None:
    for value in ("x", 1, True, {"read": "x"}, ["x"]):
        answer = await world.run("coder", SAVE, file=value)
        assert "errors" not in answer, value
        [error] = answer["data"]["saveNotebook"]["errors"]
        assert "must be a file that comes with the request" in error["message"], value


async def test_a_file_where_a_text_belongs_is_refused(world: World) -> None:
    query = SAVE.replace("$file: Upload", "$file: String").replace("file: $file", "content: $file")
    answer = (await sent(world, operations={"query": query, "variables": {"file": None}})).json()
    assert "INTERNAL" not in str(answer)
    assert "data" not in answer


FORMS: Final = {
    "no boundary": ("multipart/form-data", b"x"),
    "no form": ("multipart/form-data; boundary=x", b"nothing of the kind"),
    "cut short": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query"'),
    "without a name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
    "empty": ("multipart/form-data; boundary=x", b""),
    "operations as a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="operations"; filename="a"\r\n\r\n{}\r\n--x--\r\n',
    ),
    "operations of a strange character set": (
        "multipart/form-data; boundary=x; charset=rot13",
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--\r\n',
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_what_is_no_form_is_refused_in_json(world: World, form: tuple[str, bytes]) -> None:
    headers = PREFLIGHT | signed_in(world, "coder") | {"content-type": form[0]}
    response = await world.client.post("/graphql", content=form[1], headers=headers)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_operations_and_map_must_be_json_and_no_batch(world: World) -> None:
    headers = PREFLIGHT | signed_in(world, "coder")
    for fields, message in (
        ({"map": "{}"}, "The form has no field `operations`."),
        ({"operations": "{}"}, "The form has no field `map`."),
        ({"operations": "{", "map": "{}"}, "`operations` is not JSON"),
        ({"operations": "{}", "map": "{"}, "`map` is not JSON"),
        ({"operations": "[]", "map": "{}"}, "Batches are not accepted"),
        ({"operations": "1", "map": "{}"}, "The request must be a JSON object."),
    ):
        response = await world.client.post("/graphql", data=fields, files={"0": b"x"}, headers=headers)
        assert response.status_code == 400
        assert response.json()["errors"][0]["message"].startswith(message)


async def test_more_files_or_fields_than_any_operation_needs_are_refused(world: World) -> None:
    files = {str(number): b"x" for number in range(11)}
    response = await sent(world, files=files)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].startswith("The form cannot be read")


def notebook_of(size: int) -> Iterator[bytes]:
    """Make the bytes of a notebook with one long output, piece by piece."""
    start, end = make.dump(make.notebook(make.code("1", make.stream("SPLIT")))).split(b"SPLIT")
    yield start
    piece = b"x" * 65_536
    for _ in range((size - len(start) - len(end)) // len(piece)):
        yield piece
    yield end


async def form_of(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Wrap a file into a form, piece by piece."""
    operations = json.dumps({**OPERATIONS, "query": SAVE.replace(" source ", " ")})
    for name, value in (("operations", operations), ("map", '{"0": ["variables.file"]}')):
        yield f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    yield b'--x\r\nContent-Disposition: form-data; name="0"; filename="n.ipynb"\r\nContent-Type: application/json\r\n\r\n'
    for piece in content:
        yield piece
    yield b"\r\n--x--\r\n"


async def sent_in_pieces(world: World, size: int) -> httpx2.Response:
    headers = PREFLIGHT | signed_in(world, "coder") | {"content-type": "multipart/form-data; boundary=x"}
    return await world.client.post("/graphql", content=form_of(notebook_of(size)), headers=headers)


async def test_a_file_of_25_mb_is_saved_and_never_in_memory(start: Start) -> None:
    world = await start(store_url=None)
    tracemalloc.start()
    try:
        response = await sent_in_pieces(world, 25_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert response.json()["data"]["saveNotebook"] == {"notebook": {"name": "sent"}, "errors": []}
    [[size]] = await world.rows("SELECT byte_size FROM notebook")
    assert size > 24_900_000
    assert peak < 12_000_000


async def test_a_file_above_the_limit_is_too_large(start: Start) -> None:
    world = await start(max_notebook_bytes=100_000)
    answer = (await sent_in_pieces(world, 300_000)).json()
    assert answer["data"]["saveNotebook"] == {
        "notebook": None,
        "errors": [
            {
                "__typename": "TooLarge",
                "message": "At most 100,000 bytes are accepted.",
                "field": ["input", "file"],
                "limitBytes": 100_000,
            }
        ],
    }
    far_above = await sent_in_pieces(world, 3_000_000)
    assert far_above.status_code == 413
    assert far_above.json()["errors"][0]["extensions"] == {"code": "TOO_LARGE"}
    assert await world.rows("SELECT * FROM notebook") == []


async def test_a_client_that_goes_away_leaves_nothing(world: World) -> None:
    """Send half a file, then hang up."""
    headers = {**PREFLIGHT, **signed_in(world, "coder"), "content-type": "multipart/form-data; boundary=x"}
    pieces = [piece async for piece in form_of(notebook_of(3_000_000))][:-20]
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"})
    before = await world.state()
    assert await hung_up(world, headers, messages) == 400
    assert await world.state() == before
    assert await world.ok("coder", "{ __typename }") == {"__typename": "Query"}
