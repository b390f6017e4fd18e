"""Makes the demo's project: people, notebooks with several exports each, insights, dashboards.

Each step may be repeated: saving and granting say what shall be, publishing carries an idempotency key, the rest looks for the name
first. So a start that was killed halfway is finished by the next one.
"""

from dataclasses import dataclass
from typing import Any

from server.auth.authenticate import Authenticator
from server.context import Authenticate, Parts
from server.db.models import UserRow
from server.db.repositories import identities
from server.demo import documents
from server.demo.api import Api, DemoRefused
from server.demo.content import BOARDS, EXTRAS, PROJECT_KEY, PROJECT_NAME, PUBLICATIONS, Board, Extra, Place, Publication
from server.demo.notebooks import DemoNotebook, all_notebooks
from server.demo.people import ADMIN, EVERYBODY, STAFF, WIM
from server.domain.grants import GlobalPermission


@dataclass(frozen=True, slots=True)
class _Published:
    """A notebook in the project, and the exports of its runs, oldest first."""

    id: str
    export_ids: tuple[str, ...]


async def seed(parts: Parts, authenticator: Authenticator, admin_token: str | None = None) -> dict[str, str]:
    """Make whatever of the demo is not there yet; return a token of each person, by login. Raises DemoRefused.

    All are new, but that of `admin` where this very start has made one.
    """
    api = Api(parts, authenticator)
    admin = await _find_administrator(parts)
    tokens = {ADMIN.login: admin_token or await api.make_token(admin.id, admin.login)}
    bearer = api.bearer(tokens[ADMIN.login])
    await _make_project(parts, api, bearer)
    grants = (await api.query(bearer, documents.STAFF, {"key": PROJECT_KEY}))["project"]["permissionGrants"]
    for user in (grant["principal"] for grant in grants):
        if user.get("login") in {person.login for person in STAFF}:
            tokens[user["login"]] = await api.make_token(user["id"], user["login"])
    await _fill(api, {person.login: api.bearer(tokens[person.login]) for person in EVERYBODY})
    return tokens


async def _find_administrator(parts: Parts) -> UserRow:
    async with parts.database.reading() as session:
        user = await identities.find_user(session, ADMIN.login)
        rights = None if user is None else await identities.get_rights(session, user.id)
    if user is None or rights is None or GlobalPermission.ADMINISTRATOR not in rights.everywhere:
        msg = (
            f"The demo is made by the user {ADMIN.login}, who is no ADMINISTRATOR here: give the demo a folder of its own with --data-dir."
        )
        raise DemoRefused(msg)
    return user


async def _make_project(parts: Parts, api: Api, admin: Authenticate) -> None:
    """Make project and people, unless a start before has; keep off what others have made under these names."""
    found = (await api.query(admin, documents.LOOK, {"key": PROJECT_KEY}))["project"]
    async with parts.database.reading() as session:
        taken = [person.login for person in STAFF if await identities.find_user(session, person.login) is not None]
    if (found is None and taken) or (found is not None and found["name"] != PROJECT_NAME):
        what = f"a project {PROJECT_KEY}" if found else f"users {', '.join(taken)}"
        msg = f"There are {what} that the demo has not made: give the demo a folder of its own with --data-dir."
        raise DemoRefused(msg)
    await api.change(admin, documents.CREATE_PROJECT, {"key": PROJECT_KEY, "name": PROJECT_NAME})
    for person in STAFF:
        everywhere = [permission.name for permission in person.everywhere]
        user = {"login": person.login, "displayName": person.display_name, "globalPermissions": everywhere}
        await api.change(admin, documents.CREATE_USER, user)
        granted = [person.on_project.name] if person.on_project else []
        grant = {"projectKey": PROJECT_KEY, "userLogin": person.login, "permissions": granted}
        await api.change(admin, documents.SET_PERMISSIONS, grant)


async def _fill(api: Api, callers: dict[str, Authenticate]) -> None:
    """Make dashboards, then notebooks with their exports and tiles, then what others make of them."""
    admin = callers[ADMIN.login]
    found = (await api.query(admin, documents.LOOK, {"key": PROJECT_KEY}))["project"]
    dashboards: dict[str, str] = {node["name"]: node["id"] for node in found["dashboards"]["nodes"]}
    for board in BOARDS:
        if board.name not in dashboards:
            dashboards[board.name] = await _create_dashboard(api, callers[board.maker.login], board)
    bytes_of = {notebook.name: notebook for notebook in all_notebooks()}
    made: dict[str, _Published] = {}
    for publication in PUBLICATIONS:
        made[publication.notebook] = await _publish(api, callers[WIM.login], publication, bytes_of[publication.notebook], dashboards)
        if publication.exposure is not None:
            given = {"notebookId": made[publication.notebook].id, "codeExposure": publication.exposure.name}
            await api.change(admin, documents.AUTHORIZE, given)
    insights = {node["name"] for node in found["insights"]["nodes"]}
    for extra in EXTRAS:
        if extra.insight not in insights:
            await _create_insight(api, callers[extra.maker.login], extra, made[extra.notebook], dashboards)


async def _create_dashboard(api: Api, who: Authenticate, board: Board) -> str:
    given = {"projectKey": PROJECT_KEY, "name": board.name, "description": board.description, "listed": board.listed}
    payload = await api.change(who, documents.CREATE_DASHBOARD, given)
    return str(payload["dashboard"]["id"])


async def _publish(api: Api, who: Authenticate, publication: Publication, notebook: DemoNotebook, dashboards: dict[str, str]) -> _Published:
    """Save each run and freeze it: the first makes the insight and its tiles, which then follow."""
    notebook_id, export_ids = "", list[str]()
    for number, run in enumerate(notebook.versions, start=1):
        saved = await api.change(who, documents.SAVE, {"projectKey": PROJECT_KEY, "name": notebook.name, "content": run.decode()})
        notebook_id = str(saved["notebook"]["id"])
        given: dict[str, Any] = {
            "notebookId": notebook_id,
            "label": publication.label.format(number),
            "idempotencyKey": f"demo: {notebook.name}, {number}",
        }
        if number == 1:
            given |= {"insightName": publication.insight, "targets": [_target(place, dashboards) for place in publication.places]}
        payload = await api.change(who, documents.PUBLISH if number == 1 else documents.EXPORT, given)
        export_ids.append(str(payload["export"]["id"]))
    return _Published(notebook_id, tuple(export_ids))


async def _create_insight(api: Api, who: Authenticate, extra: Extra, published: _Published, dashboards: dict[str, str]) -> None:
    given: dict[str, Any] = {"notebookId": published.id, "name": extra.insight, "targets": [_target(extra.place, dashboards)]}
    if extra.pinned_run is not None:
        given |= {"mode": "PINNED", "exportId": published.export_ids[extra.pinned_run - 1]}
    await api.change(who, documents.CREATE_INSIGHT, given)


def _target(place: Place, dashboards: dict[str, str]) -> dict[str, Any]:
    left, top, width, height = place.box
    box = {"left": left, "top": top, "width": width, "height": height}
    return {"dashboardId": dashboards[place.dashboard], "box": box, "showCode": place.shows_code}
