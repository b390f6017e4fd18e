"""`project`, `projects` and what a project lists."""

from typing import Final

import pytest

from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

EDITORS: Final = ("owner", "dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin")


async def test_a_project_is_found_by_its_key(shop: Shop) -> None:
    selection = "id key name owner { login } dashboardWritePolicy allowsActiveContent authorizesAllObjects"
    assert await shop.project("dash_reader", selection) == {
        "id": shop.world.ids["SALES"],
        "key": "SALES",
        "name": "Sales",
        "owner": {"login": "owner"},
        "dashboardWritePolicy": "ANY_WRITER",
        "allowsActiveContent": False,
        "authorizesAllObjects": False,
    }
    for key in ("sales", "SALES ", "", "\0", "💥", "S" * 1000):
        assert await shop.project("admin", "id", key) is None, key


async def test_projects_are_those_on_which_one_holds_anything(shop: Shop) -> None:
    seen = {
        who: [node["key"] for node in (await shop.world.ok(who, "{ projects { nodes { key } } }"))["projects"]["nodes"]]
        for who in ("stranger", "code_only", "dash_reader", "owner", "rival", "admin")
    }
    assert seen == {
        "stranger": [],
        "code_only": [],
        "dash_reader": ["SALES"],
        "owner": ["SALES"],
        "rival": ["OTHER"],
        "admin": ["SALES", "OTHER"],
    }


@pytest.mark.parametrize(
    ("field", "requires", "allowed"),
    [
        ("permissionGrants { granted }", ["EDIT_PERMISSIONS"], {"owner", "project_admin", "admin"}),
        (
            "authorizedObjects { notebook { name } }",
            ["READ_PROJECT_CONTENT"],
            {"owner", "analyst", "analyst_dash", "writer", "coder", "auth_manager", "project_admin", "admin"},
        ),
    ],
)
async def test_a_guarded_field_nulls_itself_and_not_its_siblings(shop: Shop, field: str, requires: list[str], allowed: set[str]) -> None:
    name = field.partition(" ")[0]
    for who in sorted(set(shop.world.tokens) - {"stranger", "code_only", "rival"}):
        answer = await shop.world.run(who, f'{{ project(key: "SALES") {{ key {field} name }} }}')
        if who in allowed:
            assert "errors" not in answer, who
            assert answer["data"]["project"][name], who
        else:
            [error] = answer["errors"]
            assert error["extensions"] == {"code": "FORBIDDEN", "requires": requires}, who
            assert error["path"] == ["project", name]
            assert answer["data"]["project"] == {"key": "SALES", name: None, "name": "Sales"}


async def test_authorized_objects_say_who_opened_what(shop: Shop) -> None:
    selection = "authorizedObjects { mode codeExposure notebook { name } authorizedBy { login } project { key } }"
    common = {"mode": "READ", "codeExposure": "TILES", "authorizedBy": {"login": "admin"}, "project": {"key": "SALES"}}
    assert (await shop.project("analyst", selection))["authorizedObjects"] == [
        {**common, "notebook": {"name": "open"}},
        {**common, "notebook": {"name": "draft"}},
    ]


async def test_grants_show_what_was_given_and_what_it_implies(shop: Shop) -> None:
    grants = (await shop.project("owner", "permissionGrants { principal { ... on User { login } } granted effective }"))["permissionGrants"]
    by_login = {grant["principal"]["login"]: grant for grant in grants}
    assert by_login["analyst_dash"] == {
        "principal": {"login": "analyst_dash"},
        "granted": ["READ_PROJECT_CONTENT", "WRITE_DASHBOARDS"],
        "effective": ["READ_PROJECT_CONTENT", "READ_DASHBOARDS", "WRITE_DASHBOARDS"],
    }
    assert "stranger" not in by_login


async def test_editable_dashboards_are_those_on_which_one_may_put_a_tile(shop: Shop) -> None:
    may = [
        who
        for who in shop.world.tokens
        if (found := await shop.project(who, "editableDashboards { totalCount nodes { viewerCan { edit } } }"))
        and found["editableDashboards"]["nodes"] == [{"viewerCan": {"edit": True}}]
    ]
    assert may == list(EDITORS)


@pytest.mark.asyncio(loop_scope="function")
async def test_where_owners_keep_their_dashboards_only_they_and_moderators_edit(own_shop: Shop) -> None:
    await own_shop.change("UPDATE project SET dashboard_write_policy = 'OWNER_OR_MODERATOR' WHERE key = 'SALES'")
    made = await own_shop.world.ok(
        "dash_writer", 'mutation { createDashboard(input: {projectKey: "SALES", name: "Mine"}) { dashboard { id } errors { message } } }'
    )
    mine, first = made["createDashboard"]["dashboard"]["id"], own_shop.world.ids["SALES dashboard"]
    expected = {"dash_writer": [mine], "writer": [], "dash_moderator": [first, mine], "owner": [first, mine]}
    for who, ids in expected.items():
        found = await own_shop.project(who, "editableDashboards { totalCount nodes { id viewerCan { edit list } } }")
        assert [node["id"] for node in found["editableDashboards"]["nodes"]] == ids, who
        assert found["editableDashboards"]["totalCount"] == len(ids)
        assert all(node["viewerCan"]["edit"] for node in found["editableDashboards"]["nodes"])
        assert all(node["viewerCan"]["list"] is (who != "dash_writer") for node in found["editableDashboards"]["nodes"])


@pytest.mark.asyncio(loop_scope="function")
async def test_an_unlisted_dashboard_is_absent_from_a_readers_list_and_opens_by_id(own_shop: Shop) -> None:
    dashboard = own_shop.world.ids["SALES dashboard"]
    await own_shop.change("UPDATE dashboard SET listed = false")
    listed = {
        who: (await own_shop.project(who, "dashboards { totalCount nodes { id } }"))["dashboards"]["totalCount"]
        for who in ("dash_reader", "analyst", "auth_manager", "dash_writer", "writer", "owner")
    }
    assert listed == {"dash_reader": 0, "analyst": 0, "auth_manager": 0, "dash_writer": 1, "writer": 1, "owner": 1}
    assert await own_shop.one("dash_reader", "dashboard", "id listed", dashboard) == {"id": dashboard, "listed": False}
    await own_shop.change("UPDATE dashboard SET owner_id = :id", id=own_shop.world.ids["analyst"])
    assert (await own_shop.project("analyst", "dashboards { totalCount }"))["dashboards"] == {"totalCount": 1}, "one's own is listed"


@pytest.mark.asyncio(loop_scope="function")
async def test_an_unlisted_insight_is_absent_from_a_readers_lists_and_backlinks_and_opens_by_id(own_shop: Shop) -> None:
    insight, export = own_shop.insights["open"], own_shop.exports["open"]
    await own_shop.pin("open", export)
    selection = 'insights { totalCount nodes { id } } notebook(name: "open") { insights { totalCount nodes { id } } }'
    nothing, it = {"totalCount": 0, "nodes": []}, {"totalCount": 1, "nodes": [{"id": insight}]}
    assert await own_shop.project("dash_reader", selection) == {"insights": nothing, "notebook": {"insights": nothing}}
    assert await own_shop.one("dash_reader", "insight", "id listed", insight) == {"id": insight, "listed": False}
    assert await own_shop.one("dash_reader", "export", "pinnedBy { id }", export) == {"pinnedBy": []}
    assert await own_shop.one("dash_writer", "export", "pinnedBy { id }", export) == {"pinnedBy": [{"id": insight}]}
    await own_shop.change("UPDATE insight SET listed = true")
    assert await own_shop.project("dash_reader", selection) == {"insights": it, "notebook": {"insights": it}}
    assert await own_shop.one("dash_reader", "export", "pinnedBy { id }", export) == {"pinnedBy": [{"id": insight}]}


@pytest.mark.asyncio(loop_scope="session")
async def test_an_error_in_one_place_leaves_what_is_looked_up_for_another(shop: Shop) -> None:
    """It once ended the whole operation: the error cancelled the look-up of the owner, for which both places wait."""
    query = (
        '{ a: project(key: "SALES") { owner { login } notebooks(first: 101) { totalCount } } b: project(key: "SALES") { owner { login } } }'
    )
    for who in ("analyst", "admin"):
        answer = await shop.world.run(who, query)
        assert answer["data"] == {"a": None, "b": {"owner": {"login": "owner"}}}
        assert [(error["path"], error["extensions"]) for error in answer["errors"]] == [(["a", "notebooks"], {"code": "BAD_USER_INPUT"})]
