"""Ask for a mutation, and hold every kind of answer to the contract: done, refused, faulty.

| helper | the answer must be | and besides |
|---|---|---|
| `do` | a payload without errors | exactly one ALLOWED event, under the field's name |
| `fault` | a payload of nulls with one error | nothing has changed, no event |
| `forbidden` | null with one FORBIDDEN | nothing has changed, exactly one DENIED event |
| `check_refusals` | for each role FORBIDDEN or NotFound; for nobody UNAUTHENTICATED; for a READ token FORBIDDEN | likewise |
| `check_faults` | for each spoilt input one error, of that type, at that field | likewise |
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from server.db.models import GlobalGrantRow, ProjectGrantRow
from server.domain.grants import GlobalPermission, ProjectPermission, TokenScope
from server.domain.ids import Kind, kind_of, new_id
from tests.fixtures.world import ROLES, World

SELECTIONS: Final = {
    "createProject": "project { id key name owner { login } }",
    "updateProject": "project { name dashboardWritePolicy allowsActiveContent }",
    "createUser": "user { id login displayName }",
    "updateUser": "user { id login displayName active globalPermissions }",
    "deactivateUser": "user { id login active }",
    "saveGroup": "group { id name globalPermissions members { totalCount nodes { login } } }",
    "transferOwnership": """node { id ... on Project { owner { login } } ... on Insight { owner { login } }
        ... on Dashboard { version owner { login } } }""",
    "setAuthorizeAllObjects": "project { key authorizesAllObjects allObjectsCodeExposure }",
    "setProjectPermissions": "grant { principal { ... on User { login } ... on Group { name } } granted effective }",
    "createAccessToken": "token accessToken { id name scope expiresAt }",
    "revokeAccessToken": "revokedAccessTokenId",
    "saveNotebook": "notebook { id name revision hasUnpublishedChanges createdBy { login } modifiedBy { login } }",
    "publishNotebook": """export { id sequence label trigger createdBy { login } } insight { id name selectionMode owner { login } listed }
        tiles { id showCode box { left top width height } page { id } } warnings { code message canFix }""",
    "createExport": "export { id sequence label trigger createdBy { login } } warnings { code message canFix }",
    "selectExport": "insight { selectionMode pinnedExport { id } displayedExport { id sequence } }",
    "createInsight": """insight { id name selectionMode pinnedExport { id } owner { login } listed } export { id sequence trigger }
        tiles { id showCode box { left top width height } page { id } } warnings { code message canFix }""",
    "deleteExport": "deletedExportId unpinned { id selectionMode pinnedExport { id } displayedExport { id } accessState }",
    "deleteNotebook": "deletedNotebookId affectedInsights { id name accessState selectionMode notebook { id } displayedExport { id } }",
    "updateInsight": "insight { id name description }",
    "deleteInsight": "deletedInsightId affectedTiles { id accessState insight { id } targetInsight { id } box { left top width height } }",
    "setInsightListed": "insight { id listed } warnings { code message canFix }",
    "createDashboard": "dashboard { id name description listed version owner { login } pages { index tiles { id } } }",
    "updateDashboard": "dashboard { id name description version }",
    "deleteDashboard": "deletedDashboardId",
    "addDashboardPage": "page { id title displayedTitle index visible tiles { id } } dashboard { version pages { id index } }",
    "updateDashboardPage": "page { id title displayedTitle index visible tiles { id } } dashboard { version pages { id index } }",
    "removeDashboardPage": "removedPageId dashboard { version pages { id index title visible tiles { id } } }",
    "setDashboardListed": "dashboard { listed version } warnings { code message canFix }",
    "addInsightTile": """tile { id title titleMode clickAction showCode box { left top width height } page { id } insight { id } }
        dashboard { version } warnings { code message canFix }""",
    "addTextTile": "tile { id title titleMode markdown box { left top width height } page { id } } dashboard { version }",
    "updateTile": """tile { id title titleMode ... on TextTile { markdown }
        ... on InsightTile { showCode clickAction targetInsight { id } } } dashboard { version }""",
    "moveTile": """tile { __typename id box { left top width height } page { id } } dashboard { id version }
        sourceDashboard { id version }""",
    "copyTile": """tile { id title titleMode box { left top width height } page { id } ... on TextTile { markdown } ... on InsightTile {
        showCode clickAction accessState targetInsight { id }
        insight { id name owner { login } listed selectionMode pinnedExport { id } } } }
        dashboard { id version }""",
    "removeTile": "removedTileId dashboard { version pages { tiles { id } } }",
    "authorizeNotebook": "authorizedObject { id mode codeExposure authorizedBy { login } notebook { id } }",
    "revokeAuthorization": "notebook { id isDashboardAuthorized } affectedInsights { id }",
}
ERRORS: Final = """errors { __typename message code field ... on TooLarge { limitBytes } ... on InvalidNotebook { reason cellIndex }
    ... on VersionConflict { current { id version } } ... on RevisionConflict { live: current { id revision } }
    ... on NotebookNotPublished { notebook { id } } ... on NotebookInUse { insights { id } } ... on ExportPinned { insights { id } } }"""
MATTERS_OF_FORM: Final = ("NotFound", "InvalidInput")

BAD_NAMES: Final = ("", " \t ", "\u200b\u3164", "x" * 201, "x" * 10_000, "a\0b", "a\x1bb", "a\nb", "a\x7fb", "a\x85b")
"""Names that nothing may have; what is not text at all (half a surrogate pair) is no JSON and ends in a 400."""

OFF_THE_GRID: Final = (
    *({"left": left, "top": 0, "width": 12, "height": 15} for left in (-1, 25, 36, 2**31 - 1, -(2**31))),
    *({"left": 0, "top": top, "width": 12, "height": 15} for top in (-1, 2**31 - 1)),
    *({"left": 0, "top": 0, "width": width, "height": 15} for width in (0, -1, 37, 2**31 - 1)),
    *({"left": 0, "top": 0, "width": 12, "height": height} for height in (0, -1, 2**31 - 1)),
)

Given = Mapping[str, object]
Payload = dict[str, Any]


def query_of(field: str) -> str:
    """Write the mutation's document."""
    type_ = field[0].upper() + field[1:] + "Input"
    return f"mutation($input: {type_}!) {{ {field}(input: $input) {{ {SELECTIONS[field]} {ERRORS} }} }}"


async def ask(world: World, who: str | None, field: str, given: Given) -> dict[str, Any]:
    """Execute the mutation; return the whole answer."""
    return await world.run(who, query_of(field), input=given)


async def do(world: World, who: str, field: str, **given: object) -> Payload:
    """Execute a mutation that must succeed and leave one ALLOWED event; return its payload without errors."""
    before = len(await world.events())
    answer = await ask(world, who, field, given)
    assert "errors" not in answer, answer["errors"]
    payload: Payload = answer["data"][field]
    assert payload.pop("errors") == []
    assert (await world.events())[before:] == [(login_of(who), field, "ALLOWED")]
    return payload


async def fault(world: World, who: str, field: str, **given: object) -> dict[str, Any]:
    """Execute a mutation whose input is at fault; return the one error."""
    before, events = await world.state(), await world.events()
    error = fault_in(await ask(world, who, field, given), field)
    assert await world.state() == before
    assert await world.events() == events, "faults of input leave no event"
    return error


def fault_in(answer: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the one error of a payload that holds nothing else."""
    assert "errors" not in answer, answer["errors"]
    payload: Payload = answer["data"][field]
    [error] = payload.pop("errors")
    assert set(map(repr, payload.values())) <= {"None", "[]"}, payload
    return dict(error)


async def forbidden(world: World, who: str, field: str, **given: object) -> list[str]:
    """Execute a mutation that the caller may not do to a thing they see; return what it requires."""
    before, events = await world.state(), await world.events()
    requires = refusal_in(await ask(world, who, field, given), field)
    assert await world.state() == before
    assert (await world.events())[len(events) :] == [(login_of(who), field, "DENIED")]
    return requires


def refusal_in(answer: dict[str, Any], field: str) -> list[str]:
    """Return what the one FORBIDDEN of an answer requires."""
    assert answer["data"] == {field: None}, answer
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == ([field], "FORBIDDEN"), error
    requires: list[str] = error["extensions"]["requires"]
    return requires


def login_of(who: str) -> str:
    """Return whose token it is."""
    return who.partition(":")[0]


async def token_for_reading(world: World, login: str) -> str:
    """Give somebody a second token, which may only read; return the name to ask with."""
    name = f"{login}:read"
    world.tokens[name] = await world.token(world.ids[login], TokenScope.READ)
    return name


async def check_refusals(
    world: World, field: str, given: Given, refused: Mapping[str, Sequence[str] | None], *, hidden: str, allowed: Sequence[str]
) -> None:
    """Hold every role to what it is refused: the permissions it lacks, or None where the thing named by `hidden` does not exist for it."""
    assert {*refused, *allowed} == set(ROLES), "each of the thirteen roles is refused or allowed"
    state, events = await world.state(), await world.events()
    denied = [(role, field, "DENIED") for role, requires in refused.items() if requires is not None]
    for role, requires in refused.items():
        answer = await ask(world, role, field, given)
        if requires is not None:
            assert refusal_in(answer, field) == sorted(requires), role
        else:
            error = fault_in(answer, field)
            assert error["__typename"] == "NotFound", (role, error)
            assert error == fault_in(await ask(world, role, field, {**given, hidden: _absent(given[hidden])}), field), role
    anonymous = await ask(world, None, field, given)
    assert anonymous["data"] == {field: None}
    assert [error["extensions"] for error in anonymous["errors"]] == [{"code": "UNAUTHENTICATED"}]
    reading = await token_for_reading(world, allowed[0])
    assert refusal_in(await ask(world, reading, field, given), field) == ["TOKEN_SCOPE_WRITE"]
    assert (await world.events())[len(events) :] == [*denied, (allowed[0], field, "DENIED")]
    after = await world.state()
    assert {**after, "access_token": None} == {**state, "access_token": None}
    assert len(after["access_token"]) == len(state["access_token"]) + 1, "only the second token of this very check"


def _absent(value: object) -> str:
    kind = kind_of(value)
    return "NOSUCH" if kind is None else new_id(kind)


Spoilt = tuple[Given, str, Sequence[str]]
"""What to change in the input, the error's type, and the field it must name (below `input`)."""


async def check_faults(world: World, who: str, field: str, given: Given, *cases: Spoilt) -> None:
    """Hold each spoilt input to its error; nothing has changed at the end, and no event was left."""
    state, events = await world.state(), await world.events()
    for change, type_, path in cases:
        error = fault_in(await ask(world, who, field, {**given, **change}), field)
        assert (error["__typename"], error["field"]) == (type_, ["input", *path]), (str(change)[:200], error)
        if type_ in MATTERS_OF_FORM:
            assert error["code"] == {"NotFound": "NOT_FOUND", "InvalidInput": "BAD_USER_INPUT"}[type_]
    assert await world.state() == state
    assert await world.events() == events, "faults of input leave no event"


def bad_names(key: str = "name") -> list[Spoilt]:
    """Spoil a name in every way."""
    return [({key: name}, "InvalidInput", [key]) for name in BAD_NAMES]


def bad_ids(key: str, kind: Kind, *others: str) -> list[Spoilt]:
    """Spoil an id in every way: absent, of another kind, forged; each is absent all the same."""
    other = Kind.USER if kind is not Kind.USER else Kind.GROUP
    right = new_id(kind)
    ids = (right, new_id(other), right.upper(), f"{right}\n", right[:-1] + "v", kind.value, "", "1", "x" * 10_000, "' OR 1=1 --", *others)
    return [({key: id_}, "NotFound", [key]) for id_ in ids]


async def elsewhere(world: World, *, seen_by: Sequence[str] = ()) -> dict[str, str]:
    """Make project OTHER with a published notebook; return its ids. Only those named see it, and they may do everything there."""
    maker = await world.person("other_owner", project="SALES")
    await world.project("OTHER", maker)
    parts = world.application.parts
    async with parts.database.writing() as session:
        session.add(GlobalGrantRow(user_id=maker, permission=GlobalPermission.WRITE_SAFE_CODE))
        session.add_all(
            ProjectGrantRow(user_id=world.ids[login], project_id=world.ids["OTHER"], permission=ProjectPermission.ADMIN)
            for login in seen_by
        )
    notebook = await world.save("Elsewhere", who="other_owner", project="OTHER")
    made = await world.publish(notebook, world.ids["OTHER dashboard"], who="other_owner")
    [page] = await pages(world, "other_owner", world.ids["OTHER dashboard"])
    return {
        "notebook": notebook,
        "export": made["export"],
        "insight": made["insight"],
        "tile": made["tiles"][0],
        "dashboard": world.ids["OTHER dashboard"],
        "page": page,
    }


async def pages(world: World, who: str, dashboard_id: str) -> list[str]:
    """Return the ids of a dashboard's pages."""
    data = await world.ok(who, "query($id: ID!) { dashboard(id: $id) { pages { id } } }", id=dashboard_id)
    return [page["id"] for page in data["dashboard"]["pages"]]


async def version(world: World, dashboard_id: str) -> int:
    """Return a dashboard's version."""
    data = await world.ok("admin", "query($id: ID!) { dashboard(id: $id) { version } }", id=dashboard_id)
    return int(data["dashboard"]["version"])


async def moderate(world: World) -> None:
    """Let only owners and moderators edit."""
    await do(world, "project_admin", "updateProject", projectKey="SALES", dashboardWritePolicy="OWNER_OR_MODERATOR")


async def last_subject(world: World) -> str:
    """Return the id of what the last event of the audit trail was done to."""
    [(subject, _)] = await world.rows("SELECT subject_id, id FROM audit_event ORDER BY id DESC LIMIT 1")
    return str(subject)


def codes(payload: Payload) -> list[tuple[str, bool]]:
    """Return the warnings of a payload: code, canFix."""
    return [(warning["code"], warning["canFix"]) for warning in payload["warnings"]]


async def turned_away(world: World, who: str) -> bool:
    """Tell whether a token does not work any more."""
    headers = {"authorization": f"Bearer {world.tokens[who]}"}
    response = await world.client.post("/graphql", json={"query": "{ viewer { canWriteCode } }"}, headers=headers)
    assert response.status_code in {200, 401}
    return response.status_code == 401


async def address(world: World, who: str, export_id: str) -> str:
    """Return where somebody reads an export's content; it works now."""
    data = await world.ok(who, "query($id: ID!) { export(id: $id) { rendering { url } } }", id=export_id)
    url = str(data["export"]["rendering"]["url"])
    assert (await world.client.get(url)).status_code == 200
    return url
