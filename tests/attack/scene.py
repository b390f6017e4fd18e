"""The scene of the attack: the server as people run it, a hostile author, and a victim who is signed in and looks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.fixtures.make import Node
from tests.fixtures.running import Running, run, serving

PROJECT: Final = "ATTACK"
LIVE: Final = "LIVE"
"""A project that allows active content."""

_SAVE: Final = """mutation($key: String!, $name: String!, $content: String!) {
    saveNotebook(input: {projectKey: $key, name: $name, content: $content}) { notebook { id } errors { __typename message } } }"""
_PUBLISH: Final = """mutation($id: ID!, $insight: String, $label: String) {
    publishNotebook(input: {notebookId: $id, insightName: $insight, label: $label}) { export { id } errors { __typename message } } }"""
_LOOK: Final = """query($id: ID!, $code: Boolean!, $profile: RenderProfile!, $format: RenderFormat!) {
    export(id: $id) { rendering(showCode: $code, profile: $profile, format: $format) { codeIncluded profile url body fragment } } }"""
_CREATE_USER: Final = """mutation($login: String!, $held: [GlobalPermission!]!) {
    createUser(input: {login: $login, globalPermissions: $held}) { errors { message } } }"""
_ALLOW: Final = """mutation($key: String!) {
    updateProject(input: {projectKey: $key, allowsActiveContent: true}) { errors { message } } }"""
_AUTHORIZE: Final = """mutation($id: ID!, $exposure: CodeExposure!) {
    authorizeNotebook(input: {notebookId: $id, codeExposure: $exposure}) { errors { message } } }"""
_CREATE_DASHBOARD: Final = """mutation($key: String!, $name: String!) {
    createDashboard(input: {projectKey: $key, name: $name, listed: true}) { dashboard { id } errors { message } } }"""
_PLACE: Final = """mutation($id: ID!, $dashboard: ID!, $code: Boolean!) {
    publishNotebook(input: {notebookId: $id, targets: [{dashboardId: $dashboard, showCode: $code}]}) {
        tiles { id } errors { message } } }"""
_LOOK_AT_TILE: Final = """query($id: ID!, $theme: RenderTheme!, $profile: RenderProfile!) { node(id: $id) { ... on InsightTile {
    rendering(theme: $theme, profile: $profile) { codeIncluded profile url body fragment } } } }"""
_CREATE_PROJECT: Final = """mutation($key: String!) { createProject(input: {key: $key, name: $key}) { errors { message } } }"""
_GRANT: Final = """mutation($key: String!, $login: String!, $held: [ProjectPermission!]!) {
    setProjectPermissions(input: {projectKey: $key, userLogin: $login, permissions: $held}) { errors { message } } }"""


_PEOPLE: Final = {"author": "WRITE_PROJECT_CONTENT", "victim": "READ_PROJECT_CONTENT", "reader": "READ_DASHBOARDS"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the victim's front end gets of an export or a tile."""

    profile: str
    address: str
    body: str
    fragment: str
    """Empty where there is none, as with INTERACTIVE."""
    code_included: bool


class Refused(Exception):
    """A typed error in place of an answer."""

    def __init__(self, code: str, message: str) -> None:
        """Keep what programs and people are told."""
        super().__init__(code, message)
        self.code, self.message = code, message


class Person:
    """Somebody with a token, and one connection that is kept."""

    def __init__(self, address: str, token: str) -> None:
        self.client = httpx2.Client(headers={"authorization": f"Bearer {token}"}, timeout=60)
        self.address, self.token = address, token

    def answer(self, query: str, **variables: object) -> dict[str, Any]:
        """Return a whole answer."""
        content = json.dumps({"query": query, "variables": variables})
        response = self.client.post(self.address, content=content.encode(), headers={"content-type": "application/json"})
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data of an operation; raises Refused with the first error, its own or its payload's."""
        answer = self.answer(query, **variables)
        for error in answer.get("errors", []):
            raise Refused(error["extensions"]["code"], error["message"])
        data: dict[str, Any] = answer["data"]
        for payload in data.values():
            for error in (payload or {}).get("errors", []):
                raise Refused(error.get("__typename", ""), error["message"])
        return data


@dataclass(slots=True)
class Scene:
    """The server, and everybody on it."""

    server: Running
    folder: Path
    admin: Person
    author: Person
    victim: Person
    """Reads the projects' content."""
    reader: Person
    """Reads dashboards alone, and never code."""

    @property
    def origin(self) -> str:
        return self.server.address.removesuffix("/graphql")

    def publish(
        self,
        notebook: Node | str,
        *,
        name: str,
        insight: str | None = None,
        label: str | None = None,
        project: str = PROJECT,
        authorize: bool = False,
    ) -> str:
        """Save and publish a notebook as the author; return the export's id. `authorize` opens it to the reader. Raises Refused."""
        content = notebook if isinstance(notebook, str) else json.dumps(notebook)
        saved = self.author.ask(_SAVE, key=project, name=name, content=content)["saveNotebook"]["notebook"]["id"]
        if authorize:
            self.admin.ask(_AUTHORIZE, id=saved, exposure="NEVER")
        return str(self.author.ask(_PUBLISH, id=saved, insight=insight, label=label)["publishNotebook"]["export"]["id"])

    def look(self, export: str, *, show_code: bool = True, profile: str = "STATIC", kind: str = "HTML") -> Shown:
        """Return what the victim is shown. Raises Refused."""
        rendering = self.victim.ask(_LOOK, id=export, code=show_code, profile=profile, format=kind)["export"]["rendering"]
        return self._shown(rendering)

    def place(self, notebook: Node, *, name: str, project: str = PROJECT, show_code: bool = False, exposure: str = "TILES") -> str:
        """Publish a notebook onto a dashboard of its own, open to the reader; return the tile's id."""
        saved = self.author.ask(_SAVE, key=project, name=name, content=json.dumps(notebook))["saveNotebook"]["notebook"]["id"]
        self.admin.ask(_AUTHORIZE, id=saved, exposure=exposure)
        dashboard = self.author.ask(_CREATE_DASHBOARD, key=project, name=name)["createDashboard"]["dashboard"]["id"]
        [tile] = self.author.ask(_PLACE, id=saved, dashboard=dashboard, code=show_code)["publishNotebook"]["tiles"]
        return str(tile["id"])

    def look_at_tile(self, person: Person, tile: str, *, theme: str = "DARK", profile: str = "STATIC") -> Shown:
        """Return what somebody is shown by a tile, and whether code is in it."""
        rendering = person.ask(_LOOK_AT_TILE, id=tile, theme=theme, profile=profile)["node"]["rendering"]
        return self._shown(rendering)

    def _shown(self, rendering: dict[str, Any]) -> Shown:
        address = f"{self.origin}{rendering['url']}"
        return Shown(rendering["profile"], address, rendering["body"], rendering["fragment"] or "", rendering["codeIncluded"])

    def project(self, key: str) -> None:
        """Make a project where the author writes and the victim reads."""
        self.admin.ask(_CREATE_PROJECT, key=key)
        for login, permission in _PEOPLE.items():
            self.admin.ask(_GRANT, key=key, login=login, held=[permission])


@contextmanager
def scene(folder: Path, *, framed_by: str = "", **given: str) -> Iterator[Scene]:
    """Start the server and let everybody in; `framed_by` is the origin of the front end."""
    with serving(cwd=folder, NBINSIGHT_FRAME_ANCESTORS=f"'self' {framed_by}".strip(), **given) as server:
        admin = Person(server.address, server.token)
        people = {}
        for login in _PEOPLE:
            held = ["WRITE_SAFE_CODE", "CREATE_ACTIVE_WEB_CONTENT"] if login == "author" else []
            admin.ask(_CREATE_USER, login=login, held=held)
            made = run("token", "create", login, "--scope", "WRITE", cwd=folder)
            assert made.returncode == 0, made.stderr
            people[login] = Person(server.address, made.stdout.strip())
        ready = Scene(server, folder, admin, **people)
        ready.project(PROJECT)
        ready.project(LIVE)
        admin.ask(_ALLOW, key=LIVE)
        try:
            yield ready
        finally:
            for person in (admin, *people.values()):
                person.client.close()
