"""Whatever was granted, authorized and listed: list = total = node = _entities = what an oracle allows.

The oracle is Cedar and shares no line with the rule table: its policies below are written from the permissions' own words.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cedarpy as cedar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.db.models import GroupMemberRow, Model, ProjectGrantRow, ProjectRow
from server.domain.grants import CodeExposure, GlobalPermission, ProjectPermission
from server.domain.ids import Kind, new_id
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.db import world as make

POLICIES: Final = """
permit (principal, action, resource) when { principal.administrator || principal.ownsProject };

// READ_PROJECT_CONTENT, and what brings it along, reads notebooks, their exports and insights, and opens dashboards by id
permit (principal, action == Action::"see", resource)
when { principal.granted.containsAny(["ADMIN", "WRITE_PROJECT_CONTENT", "READ_PROJECT_CONTENT"]) };
permit (principal, action == Action::"list", resource)
when { resource.kind == "notebook" && principal.granted.containsAny(["ADMIN", "WRITE_PROJECT_CONTENT", "READ_PROJECT_CONTENT"]) };

// whoever may only see dashboards sees what is authorized: published notebooks, their exports, the insights on them
permit (principal, action == Action::"see", resource)
when { principal.seesDashboards && (resource.kind == "dashboard" || (resource.authorized && resource.kind != "notebook")) };
permit (principal, action, resource)
when { principal.seesDashboards && resource.kind == "notebook" && resource.authorized && resource.published };

// in lists: what is listed, one's own, and to dashboard writers everything they see
permit (principal, action == Action::"list", resource)
when {
  principal.seesDashboards && (resource.kind == "dashboard" || resource.kind == "insight") &&
  (resource.kind == "dashboard" || resource.authorized ||
    principal.granted.containsAny(["ADMIN", "WRITE_PROJECT_CONTENT", "READ_PROJECT_CONTENT"])) &&
  (resource.listed || resource.own ||
    principal.granted.containsAny(["ADMIN", "WRITE_PROJECT_CONTENT", "WRITE_DASHBOARDS", "MODERATE_DASHBOARDS"]))
};
"""
SEES_DASHBOARDS: Final = frozenset(ProjectPermission) - {ProjectPermission.MANAGE_AUTHORIZED_OBJECTS}
LISTED: Final = ("notebook", "insight", "dashboard")
QUERY: Final = """query($key: String!, $ids: [ID!]!, $references: [_Any!]!) { nodes(ids: $ids) { id } project(key: $key) {
    notebooks(first: 100) { totalCount nodes { id } } insights(first: 100) { totalCount nodes { id } }
    dashboards(first: 100) { totalCount nodes { id } } }
    _entities(representations: $references) { ... on Node { id } ... on Project { key } } }"""
FILTERED: Final = """query($key: String!, $notebooks: NotebookFilter, $owned: InsightFilter, $boards: DashboardFilter) {
    project(key: $key) {
    notebooks(first: 1, filter: $notebooks) { totalCount } insights(first: 1, filter: $owned) { totalCount }
    dashboards(first: 1, filter: $boards) { totalCount } } }"""

OWNER: Final = make.user("nobody")
"""Never stored: whom builders name until the case says whose a thing is."""

Permissions = st.frozensets(st.sampled_from(ProjectPermission), max_size=2)
Flags = st.tuples(st.booleans(), st.booleans())


@dataclass(frozen=True, slots=True)
class Case:
    """Who holds what, and what there is: (authorized, published) notebooks, (notebook, listed, own) insights, (listed, own) dashboards."""

    granted: frozenset[ProjectPermission]
    through_group: frozenset[ProjectPermission]
    administrator: bool
    owns_project: bool
    authorizes_all: bool
    notebooks: list[tuple[bool, bool]]
    insights: list[tuple[int, bool, bool]]  # on a notebook by its place; elsewhere: a deleted one, which at -1 was authorized
    dashboards: list[tuple[bool, bool]]


CASES: Final = st.builds(
    Case,
    granted=Permissions,
    through_group=Permissions,
    administrator=st.sampled_from([False] * 7 + [True]),
    owns_project=st.sampled_from([False] * 7 + [True]),
    authorizes_all=st.sampled_from([False] * 3 + [True]),
    notebooks=st.lists(Flags, max_size=5),
    insights=st.lists(st.tuples(st.integers(-1, 4), st.booleans(), st.booleans()), max_size=6),
    dashboards=st.lists(Flags, max_size=3),
)


@dataclass(slots=True)
class Things:
    """Rows to store, and what the oracle is told of each thing, by its id."""

    rows: list[Model] = field(default_factory=list[Model])
    told: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def tell(self, id_: str, kind: str, **facts: bool) -> None:
        """Describe a thing to the oracle."""
        self.told[id_] = {"kind": kind, "authorized": False, "published": False, "listed": False, "own": False} | facts


def things_of(case: Case, project: ProjectRow, viewer: str, other: str) -> Things:
    """Make what a case describes."""
    made, notebooks = Things(), [make.notebook(project, f"N{number}", published=flags[1]) for number, flags in enumerate(case.notebooks)]
    for row, (authorized, published) in zip(notebooks, case.notebooks, strict=True):
        opened = authorized or case.authorizes_all
        made.rows += [row, *([make.authorization(row)] if authorized else [])]
        made.tell(row.id, "notebook", authorized=opened, published=published)
        if published:
            export = make.export(row, 1)
            made.rows.append(export)
            made.tell(export.id, "export", authorized=opened)
    for place, listed, own in case.insights:
        source = notebooks[place] if 0 <= place < len(notebooks) else None
        insight = make.insight(source or make.notebook(project, "gone"), OWNER)
        insight.notebook_id, insight.authorized = (source.id, source.authorized) if source else (None, place == -1)
        insight.owner_id, insight.listed = viewer if own else other, listed
        opened = case.authorizes_all or (insight.authorized if source is None else case.notebooks[place][0])
        made.rows.append(insight)
        made.tell(insight.id, "insight", authorized=opened, listed=listed, own=own)
    for listed, own in case.dashboards:
        dashboard = make.dashboard(project, "Board")
        dashboard.owner_id, dashboard.listed = viewer if own else other, listed
        made.rows.append(dashboard)
        made.tell(dashboard.id, "dashboard", listed=listed, own=own)
    return made


def allowed(case: Case, told: Mapping[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Ask the oracle which things the viewer sees by id, and which a list shows."""
    held = case.granted | case.through_group
    principal = {
        "granted": [permission.value for permission in held],
        "seesDashboards": bool(held & SEES_DASHBOARDS),
        "administrator": case.administrator,
        "ownsProject": case.owns_project,
    }
    entities = [{"uid": {"type": "User", "id": "viewer"}, "attrs": principal, "parents": []}]
    entities += [{"uid": {"type": "Thing", "id": id_}, "attrs": attributes, "parents": []} for id_, attributes in told.items()]
    asked = [(action, id_) for action in ("see", "list") for id_ in told]
    requests = [{"principal": 'User::"viewer"', "action": f'Action::"{action}"', "resource": f'Thing::"{id_}"'} for action, id_ in asked]
    answers = cedar.is_authorized_batch(requests, POLICIES, entities)
    assert not [answer.diagnostics.errors for answer in answers if answer.diagnostics.errors]
    yes = [pair for pair, answer in zip(asked, answers, strict=True) if answer.allowed]
    return {action: {id_ for other, id_ in yes if other == action} for action in ("see", "list")}


async def check(world: World, case: Case) -> None:
    """Make a project of the case's own, ask as its viewer, and compare."""
    login = f"viewer{len(world.ids)}"
    globally = [GlobalPermission.ADMINISTRATOR] if case.administrator else []
    viewer, other = await world.person(login, globally=globally), world.ids["owner"]
    group = make.group(f"group of {login}")
    project = make.project(OWNER, f"K{len(world.ids)}", open_to=CodeExposure.TILES if case.authorizes_all else None)
    project.owner_id = viewer if case.owns_project else other
    things = things_of(case, project, viewer, other)
    grants: list[Model] = [ProjectGrantRow(project_id=project.id, user_id=viewer, permission=permission) for permission in case.granted]
    grants += [ProjectGrantRow(project_id=project.id, group_id=group.id, permission=permission) for permission in case.through_group]
    member = GroupMemberRow(group_id=group.id, user_id=viewer)
    await make.store(world.application.parts.database, group, member, project, *grants, *things.rows)
    oracle = allowed(case, things.told)
    ids = [*things.told, new_id(Kind.NOTEBOOK)]
    references: list[dict[str, str]] = [{"__typename": told["kind"].title(), "id": id_} for id_, told in things.told.items()]
    references.append({"__typename": "Project", "key": project.key})
    data = await world.ok(login, QUERY, key=project.key, ids=ids, references=references)
    assert {node["id"] for node in data["nodes"] if node} == oracle["see"]
    *referred, by_key = data["_entities"]
    assert [entity and entity["id"] for entity in referred] == [id_ if id_ in oracle["see"] else None for id_ in things.told]
    holds = case.granted or case.through_group or case.administrator or case.owns_project
    assert (data["project"] is not None) is (by_key is not None) is bool(holds)
    if data["project"] is None:
        assert oracle == {"see": set(), "list": set()}
        return
    lists = {kind: {id_ for id_ in oracle["list"] if things.told[id_]["kind"] == kind} for kind in LISTED}
    for kind, expected in lists.items():
        found = data["project"][f"{kind}s"]
        assert ({node["id"] for node in found["nodes"]}, found["totalCount"]) == (expected, len(expected)), kind
    await check_filters(world, login, project.key, things, lists)


async def check_filters(world: World, login: str, key: str, things: Things, lists: Mapping[str, set[str]]) -> None:
    """Compare totals under filters with what the oracle lists, narrowed by what the filter asks."""
    for yes in (True, False):
        for fact in ("authorized", "published"):
            wanted = {"notebooks": {fact: yes}, "owned": {"listed": yes}, "boards": {"listed": yes}}
            project = (await world.ok(login, FILTERED, key=key, **wanted))["project"]
            for kind, narrowed_by in (("notebook", fact), ("insight", "listed"), ("dashboard", "listed")):
                expected = sum(things.told[id_][narrowed_by] is yes for id_ in lists[kind])
                assert project[f"{kind}s"]["totalCount"] == expected, (kind, narrowed_by, yes)


@pytest.fixture
async def on_sqlite(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A server over SQLite."""
    made = await make_world(settings_for(sqlite_url, tmp_path))
    yield made
    await end_world(made)


@pytest.fixture
async def on_postgresql(postgresql_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A server over PostgreSQL."""
    made = await make_world(settings_for(postgresql_url, tmp_path))
    yield made
    await end_world(made)


@given(case=CASES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_list_total_node_and_entities_are_what_the_oracle_allows(on_sqlite: World, case: Case) -> None:
    await check(on_sqlite, case)


@given(case=CASES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_they_are_on_postgresql_too(on_postgresql: World, case: Case) -> None:
    await check(on_postgresql, case)
