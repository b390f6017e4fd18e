"""`notebook`: the live document for those who may read it, the exports for the others."""

import json
from typing import Final

import pytest

from server.domain.grants import ProjectPermission as P
from tests.fixtures import make
from tests.fixtures.world import SECRET
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIVE: Final = "revision modifiedAt modifiedBy { login } hasUnpublishedChanges"
READERS: Final = ("analyst", "writer", "auth_manager", "project_admin", "admin")
DASHBOARD_ONLY: Final = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")


async def test_a_notebook_tells_what_it_is(shop: Shop) -> None:
    selection = """id name project { key } kernel { name displayName language } createdBy { login } isPublished isDashboardAuthorized
        exports { totalCount nodes { id sequence } } latestExport { id } insights { totalCount }"""
    found = await shop.one("coder", "notebook", selection, shop.notebooks["open"])
    assert found == {
        "id": shop.notebooks["open"],
        "name": "open",
        "project": {"key": "SALES"},
        "kernel": {"name": "python3", "displayName": "Python3", "language": "python"},
        "createdBy": {"login": "coder"},
        "isPublished": True,
        "isDashboardAuthorized": True,
        "exports": {
            "totalCount": 2,
            "nodes": [{"id": shop.exports["open again"], "sequence": 2}, {"id": shop.exports["open"], "sequence": 1}],
        },
        "latestExport": {"id": shop.exports["open again"]},
        "insights": {"totalCount": 1},
    }


@pytest.mark.parametrize("who", READERS)
async def test_who_may_read_the_content_reads_the_live_document(shop: Shop, who: str) -> None:
    found = await shop.one(who, "notebook", f"source {LIVE}", shop.notebooks["open"])
    assert SECRET in json.dumps(found["source"])
    assert found["source"]["nbformat"] == 4
    assert found["revision"]
    assert found["modifiedBy"] == {"login": "coder"}
    assert found["modifiedAt"].endswith("+00:00")
    assert found["hasUnpublishedChanges"] is False


@pytest.mark.parametrize("who", DASHBOARD_ONLY)
async def test_to_a_dashboard_reader_the_live_document_is_null_and_only_its_source_an_error(shop: Shop, who: str) -> None:
    found = await shop.one(who, "notebook", LIVE, shop.notebooks["open"])
    assert found == {"revision": None, "modifiedAt": None, "modifiedBy": None, "hasUnpublishedChanges": None}
    answer = await shop.world.run(who, "query($id: ID!) { notebook(id: $id) { name source } }", id=shop.notebooks["open"])
    assert answer["data"] == {"notebook": {"name": "open", "source": None}}
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "requires": ["READ_PROJECT_CONTENT"]}
    assert error["path"] == ["notebook", "source"]


@pytest.mark.asyncio(loop_scope="function")
async def test_the_kernel_is_the_newest_exports_to_who_may_not_read_the_live_document(own_shop: Shop) -> None:
    live = make.notebook(make.code("1"), language="R", kernel="ir")
    await own_shop.world.save("open", notebook=live)
    selection = "kernel { name language } hasUnpublishedChanges"
    assert await own_shop.one("dash_reader", "notebook", selection, own_shop.notebooks["open"]) == {
        "kernel": {"name": "python3", "language": "python"},
        "hasUnpublishedChanges": None,
    }
    assert await own_shop.one("analyst", "notebook", selection, own_shop.notebooks["open"]) == {
        "kernel": {"name": "ir", "language": "R"},
        "hasUnpublishedChanges": True,
    }
    await own_shop.export("open")
    after = await own_shop.one("dash_reader", "notebook", selection, own_shop.notebooks["open"])
    assert after["kernel"] == {"name": "ir", "language": "R"}


@pytest.mark.asyncio(loop_scope="function")
async def test_a_notebook_that_is_no_strict_json_has_a_source_all_the_same(own_shop: Shop) -> None:
    odd = make.notebook(make.code("x = '\ud800'"), metadata={"none": float("nan"), "zero": "\0"})
    id_ = await own_shop.world.save("odd", notebook=odd)
    found = await own_shop.one("analyst", "notebook", "source", id_)
    assert found["source"]["cells"][0]["cell_type"] == "code"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_number_that_no_program_can_read_back_fails_the_source_alone(own_shop: Shop) -> None:
    id_ = await own_shop.world.save("huge", notebook=make.notebook(make.code("1"), metadata={"huge": 10**400}))
    answer = await own_shop.world.run("analyst", "query($id: ID!) { notebook(id: $id) { name source } }", id=id_)
    assert answer["data"] == {"notebook": {"name": "huge", "source": None}}
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "RENDER_FAILED"}


VIEWER_CAN: Final = "viewerCan { readSource edit publish createExport createInsight authorize delete }"
CAN: Final = {
    # readSource edit publish createExport createInsight authorize delete
    "dash_reader": "-------",
    "dash_writer": "----Y--",
    "analyst": "Y------",
    "analyst_dash": "Y---Y--",
    "writer": "Y---Y-Y",
    "coder": "YYYYY-Y",
    "dash_coder": "----Y--",
    "auth_manager": "Y----Y-",
    "project_admin": "Y---YYY",
    "admin": "YYYYYYY",
}


@pytest.mark.parametrize("who", CAN)
async def test_viewer_can_agrees_with_the_matrix(shop: Shop, who: str) -> None:
    found = await shop.one(who, "notebook", VIEWER_CAN, shop.notebooks["open"])
    assert "".join("Y" if able else "-" for able in found["viewerCan"].values()) == CAN[who]


async def test_a_notebook_without_authorization_is_no_source_for_a_dashboard_writer(shop: Shop) -> None:
    found = await shop.one("writer", "notebook", "isDashboardAuthorized isPublished latestExport { id }", shop.notebooks["plain"])
    assert found == {"isDashboardAuthorized": False, "isPublished": False, "latestExport": None}
    closed = await shop.one("analyst", "notebook", "isDashboardAuthorized isPublished", shop.notebooks["closed"])
    assert closed == {"isDashboardAuthorized": False, "isPublished": True}


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("names", [("open", "foreign"), ("foreign", "open")])
async def test_the_right_to_read_one_projects_sources_opens_none_of_another_in_the_same_operation(
    own_shop: Shop, names: tuple[str, str]
) -> None:
    world = own_shop.world
    await world.authorize(own_shop.notebooks["foreign"])
    await world.person("both", permissions=[P.READ_PROJECT_CONTENT])
    given = '{projectKey: "OTHER", userLogin: "both", permissions: [READ_DASHBOARDS]}'
    await world.ok("admin", f"mutation {{ setProjectPermissions(input: {given}) {{ errors {{ code }} }} }}")
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Notebook { name revision modifiedAt source } } }"
    answer = await world.run("both", query, ids=[own_shop.notebooks[name] for name in names])
    found = {node["name"]: node for node in answer["data"]["nodes"]}
    assert SECRET in json.dumps(found["open"]["source"])
    assert found["open"]["revision"] is not None
    assert found["foreign"] == {"name": "foreign", "revision": None, "modifiedAt": None, "source": None}
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["nodes", names.index("foreign"), "source"], "FORBIDDEN")
