"""Lists hold what somebody may see and nothing tells that there is more: totals, cursors, filters, pages that are empty.

Every list of the schema is read, below everything that somebody may see.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, get_named_type

from server.domain.pages import cursor_of
from tests.integration.hiding.crawl import SCHEMA
from tests.integration.hiding.scene import SIGNED_IN, TYPES, Scene, another, asked
from tests.integration.hiding.schema_arguments import filters

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTS: Final = [
    (type_.name, name)
    for type_ in SCHEMA.type_map.values()
    if isinstance(type_, GraphQLObjectType)
    for name, field in type_.fields.items()
    if get_named_type(field.type).name.endswith("Connection")
]
KINDS: Final = {type_: letter for letter, type_ in TYPES.items()}
PAGE: Final = "{ totalCount nodes { %s } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
FLAGS: Final = {place for place, type_ in filters().items() if type_ == "Boolean"}


def parents(scene: Scene, who: str, type_name: str) -> Iterator[tuple[str, str | None]]:
    """Yield the things of a type that somebody may see; the root is one thing."""
    if type_name == "Query":
        yield "the root", None
    else:
        yield from ((label, id_) for label, id_ in scene.visible(who).items() if id_[0] == KINDS[type_name])


def query_for(type_name: str, name: str, arguments: str = "") -> str:
    """Write a query for one page of a list."""
    of = get_named_type(_fields_of(type_name)[name].type).name.removesuffix("Connection")
    page = f"{name}({arguments}) {PAGE % ('id' if of in KINDS else 'index')}"
    return f"{{ {page} }}" if type_name == "Query" else f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {page} }} }} }}"


def _fields_of(type_name: str) -> dict[str, Any]:
    type_ = SCHEMA.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    fields: dict[str, Any] = type_.fields
    return fields


async def page_of(scene: Scene, who: str, place: tuple[str, str], parent: str | None, arguments: str) -> dict[str, Any] | None:
    """Return one page; None where the list is not for them."""
    answer = await scene.world.run(who, query_for(*place, arguments), **({} if parent is None else {"id": parent}))
    found = answer["data"] if parent is None else answer["data"]["node"]
    if found is None or found[place[1]] is None:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        return None
    page: dict[str, Any] = found[place[1]]
    return page


async def lists_of(scene: Scene, who: str) -> list[tuple[tuple[str, str], str | None, dict[str, Any]]]:
    """Return every list that somebody may read, whole."""
    found = []
    for place in LISTS:
        for _, parent in parents(scene, who, place[0]):
            whole = await page_of(scene, who, place, parent, "first: 100")
            if whole is not None:
                found.append((place, parent, whole))
    return found


@pytest.mark.parametrize("who", SIGNED_IN)
async def test_pages_of_one_joined_are_the_whole_and_every_total_is_that_of_what_is_seen(scene: Scene, who: str) -> None:
    lists = await lists_of(scene, who)
    assert len(lists) == {"stranger": 1, "dash_reader": 10, "dash_writer": 10, "analyst": 17, "writer": 17}[who]
    for place, parent, whole in lists:
        ids = [node["id"] for node in whole["nodes"] if "id" in node]
        assert set(ids) <= set(scene.visible(who).values()), place
        assert whole["totalCount"] == len(whole["nodes"]) == len(whole["edges"]), place
        assert whole["pageInfo"]["hasNextPage"] is False
        joined, after = list[Any](), ""
        for number in range(len(whole["nodes"])):
            page = await page_of(scene, who, place, parent, f"first: 1{after}")
            assert page is not None
            assert (page["totalCount"], len(page["nodes"])) == (whole["totalCount"], 1), place
            assert page["pageInfo"]["hasNextPage"] is (number + 1 < len(whole["nodes"])), (place, "hidden rows make no page")
            joined, after = [*joined, *page["nodes"]], f', after: "{page["pageInfo"]["endCursor"]}"'
        assert joined == whole["nodes"], place


def neighbour(id_: str) -> str:
    """Make the id that stands next to another, and names nothing."""
    return id_[:-1] + ("0" if id_[-1] == "4" else "4")


@pytest.mark.parametrize("who", SIGNED_IN)
async def test_a_cursor_made_of_a_hidden_id_or_of_anothers_page_is_a_place_and_no_more(scene: Scene, who: str) -> None:
    tried = 0
    for place, parent, whole in await lists_of(scene, who):
        of = get_named_type(_fields_of(place[0])[place[1]].type).name.removesuffix("Connection")
        if place in {("Notebook", "exports"), ("Export", "cells")}:
            continue  # in the order of numbers: there is no cursor for what is hidden
        seen = [node["id"] for node in whole["nodes"]]
        for label, id_ in scene.ids.items():
            if id_[0] != KINDS[of] or scene.sees(who, label):
                continue
            query, variables = (
                [query_for(*place, f'first: 100, after: "{cursor_of(key)}"') for key in (id_, neighbour(id_))],
                {"id": parent},
            )
            there, nowhere = [await asked(scene.world, who, text, variables if parent else {}) for text in query]
            assert there == nowhere, (place, label)
            page = await page_of(scene, who, place, parent, f'first: 100, after: "{cursor_of(id_)}"')
            assert page is not None
            assert [node["id"] for node in page["nodes"]] == [other for other in seen if other > id_]
            assert page["totalCount"] == whole["totalCount"]
            tried += 1
    assert tried > 0


@pytest.mark.parametrize("who", SIGNED_IN)
async def test_an_empty_page_says_nothing_but_that_it_is_empty(scene: Scene, who: str) -> None:
    for place, parent, whole in await lists_of(scene, who):
        if whole["nodes"]:
            page = await page_of(scene, who, place, parent, f'first: 1, after: "{whole["edges"][-1]["cursor"]}"')
            info = {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
            assert page == {"totalCount": whole["totalCount"], "nodes": [], "edges": [], "pageInfo": info}, place


@pytest.mark.parametrize("who", SIGNED_IN)
async def test_filters_divide_what_is_seen_and_count_nothing_else(scene: Scene, who: str) -> None:
    for place in sorted(FLAGS):
        kind, _, flag = place.partition("Filter.")
        name = f"{kind.lower()}s"
        for _, project in parents(scene, who, "Project"):
            pages = [
                await page_of(scene, who, ("Project", name), project, f"first: 100{wanted}")
                for wanted in ("", f", filter: {{{flag}: true}}", f", filter: {{{flag}: false}}")
            ]
            whole, yes, no = [[node["id"] for node in page["nodes"]] for page in pages if page is not None]
            assert sorted(yes + no) == sorted(whole), place
            assert [page["totalCount"] for page in pages if page is not None] == [len(whole), len(yes), len(no)], place


@pytest.mark.parametrize("who", SIGNED_IN)
async def test_of_a_list_that_is_not_for_them_even_a_cursor_tells_nothing(scene: Scene, who: str) -> None:
    """Instance-wide lists and the project's audit trail: refused alike, whatever the cursor."""
    for place, kind in ((("Query", "users"), "u"), (("Query", "groups"), "r"), (("Query", "auditEvents"), "a")):
        hidden = next(id_ for label, id_ in scene.ids.items() if id_[0] == kind)
        queries = [query_for(*place, f'first: 1, after: "{cursor_of(id_)}"') for id_ in (hidden, another(hidden))]
        there, nowhere = [await asked(scene.world, who, query, {}) for query in queries]
        assert there == nowhere
        assert b"FORBIDDEN" in there[0]
