"""Hidden means absent: no format, no field, no address, no error message holds a byte of it, in any spelling."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.attack.scene import LIVE, PROJECT, Person, Refused, Scene
from tests.attack.secretive import SPELT, Secrets, code_everywhere, hidden_by_its_author

_FORMATS: Final = """{ __type(name: "RenderFormat") { enumValues { name } }
    profiles: __type(name: "RenderProfile") { enumValues { name } } }"""
_FIELDS: Final = """query($name: String!) { __type(name: $name) { fields { name args { name }
    type { ...T ofType { ...T ofType { ...T } } } } } }
    fragment T on __Type { kind name }"""
_EXPORT: Final = """query($id: ID!, $code: Boolean!, $format: RenderFormat!, $profile: RenderProfile!) {
    export(id: $id) { %(export)s kernel { %(kernel)s }
        rendering(showCode: $code, format: $format, profile: $profile) { %(rendering)s notices { %(notice)s } } } }"""
_CELLS: Final = """query($id: ID!, $code: Boolean!) { export(id: $id) { cells(showCode: $code, first: 100) {
    totalCount pageInfo { endCursor } nodes { %(cell)s } edges { cursor } } } }"""
_TYPES: Final = {
    "export": "Export",
    "kernel": "Kernel",
    "rendering": "Rendering",
    "notice": "RenderNotice",
    "cell": "Cell",
}


class Schema:
    """What the server says can be asked for."""

    def __init__(self, person: Person) -> None:
        """Ask once."""
        found = person.ask(_FORMATS)
        self.formats = [value["name"] for value in found["__type"]["enumValues"]]
        self.profiles = [value["name"] for value in found["profiles"]["enumValues"]]
        self._person = person
        self.leaves = cache(self._leaves)

    def _leaves(self, name: str) -> str:
        """Return all fields of a type that take no argument and have no fields themselves."""
        fields = self._person.ask(_FIELDS, name=name)["__type"]["fields"]
        return " ".join(field["name"] for field in fields if not field["args"] and _innermost(field["type"]) in {"SCALAR", "ENUM"})

    def query(self, template: str) -> str:
        return template % {word: self.leaves(name) for word, name in _TYPES.items()}


def _innermost(kind: dict[str, Any]) -> str:
    while kind.get("ofType"):
        kind = kind["ofType"]
    return str(kind["kind"])


@pytest.fixture(scope="module")
def schema(played: Scene) -> Schema:
    schema = Schema(played.admin)
    assert {"HTML", "MARKDOWN", "SCRIPT", "IPYNB"} <= set(schema.formats)
    assert {"STATIC", "INTERACTIVE"} <= set(schema.profiles)
    assert "cells" in {field["name"] for field in played.admin.ask(_FIELDS, name="Export")["__type"]["fields"]}
    return schema


def answers(scene: Scene, schema: Schema, person: Person, export: str, *, show_code: bool) -> Iterator[tuple[str, str]]:
    """Yield all that somebody can get of an export, each with what it is."""
    for format_ in schema.formats:
        for profile in schema.profiles:
            found = person.answer(schema.query(_EXPORT), id=export, code=show_code, format=format_, profile=profile)
            what = f"{format_} {profile}"
            assert "errors" not in found, (what, found["errors"])
            rendering = found["data"]["export"]["rendering"]
            assert rendering["codeIncluded"] is show_code
            answer = person.client.get(f"{scene.origin}{rendering.pop('url')}")
            assert answer.status_code == 200
            assert "public-words" in rendering["body"]
            assert "public-words" in answer.text
            for name, value in rendering.items():
                yield f"{what} {name}", str(value)
            yield f"{what} address", f"{answer.headers} {answer.text}"
            yield f"{what} export", repr(found["data"]["export"] | {"rendering": None})
    cells = person.answer(schema.query(_CELLS), id=export, code=show_code)
    assert "public-words" in repr(cells["data"]["export"]["cells"]["nodes"])
    yield "cells", repr(cells)
    for node in cells["data"]["export"]["cells"]["nodes"]:
        for name, value in node.items():
            yield f"cells {name}", str(value)


def leaks(secrets: Secrets, given: Iterator[tuple[str, str]]) -> list[str]:
    """Return the places whose secrets were found, each with the fields that hold it."""
    found: dict[str, set[str]] = {}
    for what, text in given:
        for place in secrets.found_in(text):
            found.setdefault(place, set()).add(what.rpartition(" ")[2])
    return [f"{place}: {', '.join(sorted(where))}" for place, where in found.items()]


@pytest.mark.parametrize("project", [PROJECT, LIVE])
@pytest.mark.parametrize("who", ["victim", "reader"])
def test_code_that_is_not_shown_is_nowhere(played: Scene, schema: Schema, who: str, project: str) -> None:
    secrets = Secrets()
    notebook = code_everywhere(secrets)
    assert len(secrets.places) == 45
    assert set(secrets.found_in(repr(notebook))) == set(secrets.places), "each is in the notebook, so that its absence means something"
    export = played.publish(notebook, name=f"code everywhere for {who}", project=project, authorize=True)
    assert leaks(secrets, answers(played, schema, getattr(played, who), export, show_code=False)) == []


def test_what_an_author_hides_is_nowhere_though_code_is_shown(played: Scene, schema: Schema) -> None:
    secrets = Secrets()
    notebook = hidden_by_its_author(secrets)
    assert len(secrets.places) == 106
    assert set(secrets.found_in(repr(notebook))) == set(secrets.places)
    for project in (PROJECT, LIVE):
        export = played.publish(notebook, name="hidden by its author", project=project)
        assert leaks(secrets, answers(played, schema, played.victim, export, show_code=True)) == []
        assert leaks(secrets, answers(played, schema, played.victim, export, show_code=False)) == []


def test_a_refusal_to_show_code_says_nothing_of_it(played: Scene, schema: Schema) -> None:
    secrets = Secrets()
    export = played.publish(code_everywhere(secrets), name="refused", authorize=True)
    for query in (schema.query(_EXPORT), schema.query(_CELLS)):
        for format_ in schema.formats:
            given = {"format": format_, "profile": "STATIC"} if "$format" in query else {}
            answer = played.reader.answer(query, id=export, code=True, **given)
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
            assert secrets.found_in(repr(answer)) == []


def test_a_live_notebook_is_hidden_from_who_reads_dashboards(played: Scene, schema: Schema) -> None:
    secrets = Secrets()
    export = played.publish(code_everywhere(secrets), name="live", authorize=True)
    query = f"""query($id: ID!) {{ export(id: $id) {{ notebook {{ {schema.leaves("Notebook")} exports {{ totalCount }} }} }} }}"""
    answer = played.reader.answer(query, id=export)
    assert answer["data"]["export"]["notebook"]["source"] is None
    assert secrets.found_in(repr(answer)) == []


def test_the_log_of_the_server_holds_no_notebook(played: Scene, schema: Schema) -> None:
    secrets = Secrets()
    export = played.publish(code_everywhere(secrets), name="logged", authorize=True)
    for _ in answers(played, schema, played.reader, export, show_code=False):
        pass
    assert secrets.found_in("\n".join([*played.server.out, *played.server.err])) == []


@pytest.mark.parametrize("spelling", SPELT)
def test_the_search_sees_through_spellings(spelling: str) -> None:
    secrets = Secrets()
    secret = secrets("here")
    secrets("not here")
    assert secrets.found_in(f"words {SPELT[spelling](secret)} words") == ["here"]


def test_a_notebook_that_cannot_be_read_is_refused_without_quoting_it(played: Scene, tmp_path: Path) -> None:
    secrets = Secrets()
    text = f'{{"cells": [{{"cell_type": "code", "source": "{secrets("source")}"}}, {secrets("no json")}], "nbformat": 4'
    (tmp_path / "bad.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        played.publish(text, name="cannot be read")
    assert refused.value.code == "InvalidNotebook"
    assert secrets.found_in(refused.value.message) == []
