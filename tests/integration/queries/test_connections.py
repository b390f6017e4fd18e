"""Lists: bounds, cursors, totals; pages joined are the whole list."""

from base64 import urlsafe_b64encode
from typing import Any, Final

import pytest

from server.domain.ids import Kind, new_id
from tests.integration.queries.shop import Shop, statements

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONNECTIONS: Final = {
    "projects": "{ projects%s %s }",
    "users": "{ users%s %s }",
    "groups": "{ groups%s %s }",
    "auditEvents": "{ auditEvents%s %s }",
    "auditEvents of a project": '{ project(key: "SALES") { auditEvents%s %s } }',
    "notebooks": '{ project(key: "SALES") { notebooks%s %s } }',
    "insightSources": '{ project(key: "SALES") { insightSources%s %s } }',
    "insights": '{ project(key: "SALES") { insights%s %s } }',
    "dashboards": '{ project(key: "SALES") { dashboards%s %s } }',
    "editableDashboards": '{ project(key: "SALES") { editableDashboards%s %s } }',
    "exports": '{ project(key: "SALES") { notebook(name: "open") { exports%s %s } } }',
    "insights of a notebook": '{ project(key: "SALES") { notebook(name: "open") { insights%s %s } } }',
}
"""Every connection there is; the arguments and the selection go in."""

PAGE: Final = "{ totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
NAMES: Final = pytest.mark.parametrize("name", CONNECTIONS)


def cursor(key: str) -> str:
    """Forge a cursor."""
    return urlsafe_b64encode(f"after:{key}".encode()).decode().rstrip("=")


async def asked(shop: Shop, name: str, who: str = "admin", **arguments: object) -> dict[str, Any]:
    """Return the whole answer for one page."""
    types = {"first": "Int", "after": "String"}
    head = ", ".join(f"${key}: {types[key]}" for key in arguments)
    given = "(" + ", ".join(f"{key}: ${key}" for key in arguments) + ")" if arguments else ""
    query = CONNECTIONS[name] % (given, PAGE)
    return await shop.world.run(who, f"query{f'({head})' if head else ''} {query}", **arguments)


async def page(shop: Shop, name: str, who: str = "admin", **arguments: object) -> dict[str, Any]:
    """Return one page."""
    answer = await asked(shop, name, who, **arguments)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    while "nodes" not in found:
        [found] = found.values()
    return found


@NAMES
async def test_a_page_has_one_to_a_hundred_entries(shop: Shop, name: str) -> None:
    for first in (0, 101, -1, 2**31 - 1):
        [error] = (await asked(shop, name, first=first))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert error["message"] == f"`first` is {first}: ask for 1 to 100."
        assert error["path"][-1] == name.partition(" ")[0]
    assert await page(shop, name, first=100) == await page(shop, name)
    assert len((await page(shop, name, first=1))["nodes"]) == 1


@NAMES
async def test_an_explicit_null_is_the_default(shop: Shop, name: str) -> None:
    assert await page(shop, name, first=None, after=None) == await page(shop, name)


@NAMES
async def test_pages_joined_are_the_whole_list(shop: Shop, name: str) -> None:
    whole, joined, after = await page(shop, name), list[dict[str, Any]](), None
    while True:
        part = await page(shop, name, first=1, after=after)
        assert part["totalCount"] == whole["totalCount"]
        assert [edge["node"] for edge in part["edges"]] == part["nodes"]
        assert part["pageInfo"]["hasPreviousPage"] is (after is not None)
        [edge] = part["edges"]
        assert part["pageInfo"]["startCursor"] == part["pageInfo"]["endCursor"] == edge["cursor"]
        joined, after = [*joined, *part["edges"]], part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
    assert joined == whole["edges"]
    assert len(joined) == whole["totalCount"] == len(whole["nodes"]) >= 1
    behind = await page(shop, name, after=after)
    assert behind["nodes"] == []
    assert behind["totalCount"] == whole["totalCount"]
    assert behind["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}


GARBAGE: Final = {
    "empty": "",
    "a word": "x",
    "not ASCII": "💥",
    "padded": cursor("n" * 5) + "==",
    "of another prefix": urlsafe_b64encode(b"before:1").decode().rstrip("="),
    "without a key": cursor(""),
    "with NUL": cursor("\0"),
    "with words": cursor("' OR 1=1 --"),
    "too long": cursor("9" * 90),
    "negative": cursor("-1"),
    "spelt otherwise": cursor("1")[:-1] + "R",
}


@NAMES
async def test_what_is_no_cursor_is_refused(shop: Shop, name: str) -> None:
    for what, after in GARBAGE.items():
        [error] = (await asked(shop, name, after=after))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}, what
        assert "cursor" in error["message"], what


@NAMES
async def test_a_cursor_of_another_list_is_refused(shop: Shop, name: str) -> None:
    kind = {
        "exports": None,
        "projects": Kind.PROJECT,
        "notebooks": Kind.NOTEBOOK,
        "insightSources": Kind.NOTEBOOK,
        "users": Kind.USER,
        "groups": Kind.GROUP,
        "auditEvents": Kind.AUDIT_EVENT,
        "auditEvents of a project": Kind.AUDIT_EVENT,
    }.get(name, Kind.DASHBOARD if "ashboards" in name else Kind.INSIGHT)
    others = [Kind.PROJECT, Kind.NOTEBOOK, Kind.INSIGHT, Kind.DASHBOARD, Kind.USER, Kind.GROUP, Kind.AUDIT_EVENT]
    for key in ("1", *(new_id(other) for other in others)):
        if key[0] == (kind or "1"):
            continue
        [error] = (await asked(shop, name, after=cursor(key)))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}, key


async def test_a_forged_cursor_shows_nothing_that_is_hidden(shop: Shop) -> None:
    """A cursor made of a hidden row's id is a place in the list, and no more."""
    before = cursor("n" + "0" * 26)
    behind_hidden = await page(shop, "notebooks", "dash_reader", after=cursor(shop.notebooks["closed"]))
    assert behind_hidden["nodes"] == []
    assert behind_hidden["totalCount"] == 1
    assert (await page(shop, "notebooks", "dash_reader", after=before))["nodes"] == [{"id": shop.notebooks["open"]}]


@pytest.mark.asyncio(loop_scope="function")
async def test_pages_stay_in_step_while_rows_are_added(own_shop: Shop) -> None:
    whole = {name: await page(own_shop, name) for name in ("notebooks", "exports")}
    first = {name: await page(own_shop, name, first=1) for name in whole}
    new_export, new_notebook = await own_shop.export("open"), await own_shop.world.save("newest")
    rest = {name: await page(own_shop, name, after=first[name]["pageInfo"]["endCursor"]) for name in whole}
    assert rest["notebooks"]["nodes"] == [*whole["notebooks"]["nodes"][1:], {"id": new_notebook}], "oldest first: the new one is last"
    assert rest["exports"]["nodes"] == whole["exports"]["nodes"][1:], "newest first: the new one lies before what was read"
    assert (await page(own_shop, "exports", first=1))["nodes"] == [{"id": new_export}]
    assert rest["exports"]["totalCount"] == whole["exports"]["totalCount"] + 1


@pytest.mark.asyncio(loop_scope="function")
async def test_a_cursor_leads_on_where_its_entry_was_deleted(own_shop: Shop) -> None:
    whole = (await page(own_shop, "notebooks"))["nodes"]
    first = await page(own_shop, "notebooks", first=1)
    deleted = await own_shop.world.ok(
        "admin",
        "mutation($id: ID!) { deleteNotebook(input: { notebookId: $id, force: true }) { deletedNotebookId errors { code } } }",
        id=whole[0]["id"],
    )
    assert deleted == {"deleteNotebook": {"deletedNotebookId": whole[0]["id"], "errors": []}}
    rest = await page(own_shop, "notebooks", after=first["pageInfo"]["endCursor"])
    assert (rest["nodes"], len(whole) > 1) == (whole[1:], True)


async def test_the_total_costs_a_statement_only_where_it_is_asked_for(shop: Shop) -> None:
    counts = []
    for selection in ("(first: 1) { nodes { id } }", "(first: 1) { totalCount }", "{ totalCount }"):
        with statements(shop.world) as seen:
            await shop.project("admin", f"notebooks{selection}")
        counts.append(sum("count(" in statement.lower() for statement in seen))
    assert counts == [0, 1, 0], "a first page that is the only one is counted already"
