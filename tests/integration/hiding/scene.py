"""What the tests of hiding look at: everything that exists, who may see it, and words that stand in one thing alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text

from server.domain.grants import GlobalPermission as G
from server.domain.ids import Kind, new_id
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import do
from tests.integration.queries.shop import statements

PEOPLE: Final = (None, "stranger", "dash_reader", "dash_writer", "analyst", "writer")
"""Those whom something is hidden from; None is nobody."""
SIGNED_IN: Final = PEOPLE[1:]
DASHBOARD_ONLY: Final = ("dash_reader", "dash_writer")
INSIDE: Final = (*DASHBOARD_ONLY, "analyst", "writer")
READERS: Final = ("analyst", "writer")

SEEN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("project SALES", "dashboard SALES", "dashboard unlisted", "page SALES", "page unlisted"), INSIDE),
    **dict.fromkeys(("notebook open", "export open 1", "export open 2", "insight open", "insight unlisted"), INSIDE),
    **dict.fromkeys(("tile open", "tile closed", "tile aimed", "tile unlisted", "tile again", "text SALES"), INSIDE),
    **dict.fromkeys(("notebook closed", "notebook draft", "notebook plain", "export closed", "insight closed"), READERS),
    **dict.fromkeys(("authorization open", "authorization draft"), READERS),
    **dict.fromkeys(("project OTHER", "dashboard OTHER", "page OTHER", "tile foreign", "text OTHER"), ()),
    **dict.fromkeys(("notebook foreign", "export foreign", "insight foreign", "authorization foreign", "group crew"), ()),
}
"""Who may see each thing by its id; users are seen by whoever is signed in, tokens by their owner, events by nobody here."""

FOUND_BY_WRITERS: Final = ("dashboard unlisted", "page unlisted", "tile unlisted", "tile again", "insight unlisted")
"""What those alone find in lists who may write dashboards; others need its id."""

TYPES: Final = {
    "p": "Project", "n": "Notebook", "e": "Export", "i": "Insight", "d": "Dashboard", "g": "DashboardPage", "t": "InsightTile",
    "z": "AuthorizedObject", "u": "User", "r": "Group", "k": "AccessToken", "a": "AuditEvent",
}  # fmt: skip
"""The name of the type of a thing by the first letter of its id; of tiles some are texts."""

_IN_OPEN: Final = ("xnamedopenx", "xshownopenx", "xagainx", "xcalledopenx", "xdescribedopenx", "xtextsalesx", "xboardsalesx")
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_IN_OPEN, INSIDE),
    "xtitleopenx": INSIDE,
    "xcodeopenx": READERS,
    "xcodeintilex": INSIDE,
    **dict.fromkeys(("xliveopenx", "xspokenlivex", "xspokenclosedx"), READERS),
    **dict.fromkeys(("xnamedclosedx", "xshownclosedx", "xcodeclosedx", "xkernelclosedx", "xlabelledclosedx"), READERS),
    **dict.fromkeys(("xcalledclosedx", "xdescribedclosedx", "xnameddraftx", "xcodedraftx", "xnamedplainx", "xcodeplainx"), READERS),
    "xtitleclosedx": ("dash_writer", "analyst", "writer"),
    **dict.fromkeys(("xnamedforeignx", "xshownforeignx", "xcodeforeignx", "xcalledforeignx", "xtextotherx", "xboardotherx"), ()),
    **dict.fromkeys(("xgroupx", "xtokenx", "xreadingx", "xprojectotherx", "xtitleforeignx"), ()),
}
"""Who may read each word, wherever it stands: in names, texts, outputs, code, labels, kernels."""


def document(name: str, *, kernel: str = "python3", language: str = "python") -> dict[str, Any]:
    """Make a notebook with a word in its code and one in its output."""
    shown = make.code(f"xcode{name}x = 7\nprint(xcode{name}x)", make.stream(f"xshown{name}x\n"))
    return make.notebook(make.markdown("# Results"), shown, kernel=kernel, language=language)


@dataclass(slots=True)
class Scene:
    """Everything's id by its label, such as `notebook closed`. `open` has two exports, the newer one's code is shown by `tile unlisted`.

    `tile aimed` shows `open`, and a click on it opens `insight closed`; `tile again` shows `open` on the unlisted
    dashboard. OTHER belongs to `rival`, who does not see SALES.
    """

    world: World
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def fill(self) -> None:
        """Make it all, the way people do."""
        rival = await self.world.person("rival", globally=[G.WRITE_SAFE_CODE], project="")
        await self.world.project("OTHER", rival)
        await self._sales()
        await self._other()
        await do(self.world, "admin", "saveGroup", name="xgroupx", memberLogins=["analyst", "writer"])
        await do(self.world, "admin", "createAccessToken", name="xtokenx")
        reading = await do(self.world, "admin", "createAccessToken", name="xreadingx", scope="READ")
        self.world.tokens["admin:read"] = reading["token"]
        await self._name_the_rest()

    async def _sales(self) -> None:
        world, board = self.world, self.world.ids["SALES dashboard"]
        await do(world, "coder", "updateDashboard", dashboardId=board, name="xboardsalesx")
        made = await do(world, "coder", "createDashboard", projectKey="SALES", name="Unlisted")
        self.ids["dashboard unlisted"] = made["dashboard"]["id"]
        for name in ("open", "closed", "draft", "plain"):
            odd = {"kernel": "xkernelclosedx", "language": "xspokenclosedx"} if name == "closed" else {}
            self.ids[f"notebook {name}"] = await world.save(f"xnamed{name}x", notebook=document(name, **odd))
        for name in ("open", "draft"):
            await do(world, "auth_manager", "authorizeNotebook", notebookId=self.ids[f"notebook {name}"])
        await self._publish("closed", "export closed", [board], label="xlabelledclosedx")
        await self._publish("open", "export open 1", [board, board])
        await world.save("xnamedopenx", notebook=make.notebook(make.code("xcodeintilex = 7", make.stream("xagainx\n"))))
        again = await do(world, "coder", "createExport", notebookId=self.ids["notebook open"])
        self.ids["export open 2"] = again["export"]["id"]
        await world.save("xnamedopenx", notebook=make.notebook(make.code("xliveopenx = 7"), language="xspokenlivex"))
        target = {"dashboardId": self.ids["dashboard unlisted"], "showCode": True}
        unlisted = await do(world, "coder", "createInsight", notebookId=self.ids["notebook open"], targets=[target])
        self.ids |= {"insight unlisted": unlisted["insight"]["id"], "tile unlisted": unlisted["tiles"][0]["id"]}
        again = {"dashboardId": self.ids["dashboard unlisted"], "insightId": self.ids["insight open"]}
        self.ids["tile again"] = (await do(world, "coder", "addInsightTile", **again))["tile"]["id"]
        for name in ("open", "closed"):
            await do(world, "coder", "setInsightListed", insightId=self.ids[f"insight {name}"], listed=True)
            await do(world, "coder", "updateTile", tileId=self.ids[f"tile {name}"], title=f"xtitle{name}x")
        pinned = {"insightId": self.ids["insight open"], "mode": "PINNED", "exportId": self.ids["export open 1"]}
        await do(world, "coder", "selectExport", **pinned)
        aim = {"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": self.ids["insight closed"]}
        await do(world, "coder", "updateTile", tileId=self.ids["tile aimed"], **aim)
        await self._write("SALES", board, "coder")

    async def _other(self) -> None:
        world, board = self.world, self.world.ids["OTHER dashboard"]
        await do(world, "rival", "updateDashboard", dashboardId=board, name="xboardotherx")
        await do(world, "rival", "updateProject", projectKey="OTHER", name="xprojectotherx")
        self.ids["notebook foreign"] = await world.save("xnamedforeignx", notebook=document("foreign"), who="rival", project="OTHER")
        await self._publish("foreign", "export foreign", [board], who="rival")
        await do(world, "rival", "authorizeNotebook", notebookId=self.ids["notebook foreign"])
        await do(world, "rival", "updateTile", tileId=self.ids["tile foreign"], title="xtitleforeignx")
        await self._write("OTHER", board, "rival")

    async def _publish(self, name: str, export: str, boards: list[str], who: str = "coder", **given: object) -> None:
        notebook, targets = self.ids[f"notebook {name}"], [{"dashboardId": board} for board in boards]
        made = await do(self.world, who, "publishNotebook", notebookId=notebook, insightName=f"xcalled{name}x", targets=targets, **given)
        self.ids |= {export: made["export"]["id"], f"insight {name}": made["insight"]["id"]}
        labels = (f"tile {name}", "tile aimed")
        self.ids |= {label: tile["id"] for label, tile in zip(labels, made["tiles"], strict=False)}
        if name in {"open", "closed"}:
            await do(self.world, who, "updateInsight", insightId=made["insight"]["id"], description=f"xdescribed{name}x")

    async def _write(self, key: str, board: str, who: str) -> None:
        made = await do(self.world, who, "addTextTile", dashboardId=board, markdown=f"xtext{key.lower()}x")
        self.ids[f"text {key}"] = made["tile"]["id"]

    async def _name_the_rest(self) -> None:
        world = self.world
        for key in ("SALES", "OTHER"):
            self.ids |= {f"project {key}": world.ids[key], f"dashboard {key}": world.ids[f"{key} dashboard"]}
        boards = {self.ids[f"dashboard {name}"]: name for name in ("SALES", "OTHER", "unlisted")}
        self.ids |= {f"page {boards[board]}": id_ for id_, board in await world.rows("SELECT id, dashboard_id FROM dashboard_page")}
        notebooks = {self.ids[f"notebook {name}"]: name for name in ("open", "draft", "foreign")}
        found = await world.rows("SELECT id, notebook_id FROM authorized_object")
        self.ids |= {f"authorization {notebooks[notebook]}": id_ for id_, notebook in found}
        self.ids |= {"group crew": (await world.rows("SELECT id FROM user_group"))[0][0]}
        self.ids |= {f"user {login}": id_ for id_, login in await world.rows("SELECT id, login FROM user_account")}
        tokens = "SELECT t.id, u.login, t.name FROM access_token t JOIN user_account u ON u.id = t.user_id"
        self.ids |= {f"token {login} {name}": id_ for id_, login, name in await world.rows(tokens)}
        events = await world.rows("SELECT id FROM audit_event ORDER BY id")
        self.ids |= {f"event {number}": id_ for number, (id_,) in enumerate(events)}

    def sees(self, who: str | None, label: str) -> bool:
        """Tell whether somebody may see a thing by its id."""
        kind, _, name = label.partition(" ")
        if who is None or kind == "event":
            return False
        if kind == "user":
            return True
        return name.split()[0] == who if kind == "token" else who in SEEN_BY[label]

    def hidden(self, who: str | None) -> dict[str, str]:
        """Return what somebody may not see; of the many tokens and events a few."""
        some = {label for label in self.ids if not label.startswith(("token", "event"))}
        some |= {"token admin xtokenx", "event 0", "event 9"}
        return {label: id_ for label, id_ in self.ids.items() if label in some and not self.sees(who, label)}

    def visible(self, who: str | None) -> dict[str, str]:
        """Return what somebody may see."""
        return {label: id_ for label, id_ in self.ids.items() if self.sees(who, label)}

    def found(self, who: str | None) -> set[str]:
        """Return the labels of what somebody finds who knows no id: users as they come along, and nothing that needs its id."""
        listed = who in {"dash_writer", "writer"}
        return {label for label in self.visible(who) if listed or label not in FOUND_BY_WRITERS}

    def hidden_words(self, who: str | None) -> set[str]:
        """Return the words that nothing sent to somebody may hold."""
        return {word for word, people in WORDS.items() if who not in people}

    def hidden_in(self, who: str | None, sent: str) -> list[str]:
        """Return the hidden words, and the labels of the hidden ids, that something holds which was sent to somebody."""
        words = [word for word in self.hidden_words(who) if word in sent.lower()]
        return words + [label for label, id_ in self.ids.items() if id_ in sent and not self.sees(who, label)]

    async def change(self, *sqls: str) -> None:
        """Change rows beneath the API."""
        async with self.world.application.parts.database.writing() as session:
            for sql in sqls:
                await session.execute(text(sql))


async def asked(world: World, who: str | None, query: str, variables: Mapping[str, object]) -> tuple[bytes, int]:
    """Return the answer as it is sent, and how many statements it cost, without those that look up who asks."""
    headers = {"authorization": f"Bearer {world.tokens[who]}"} if who else {}
    with statements(world) as seen:
        response = await world.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return response.content, len(seen)


def another(id_: str) -> str:
    """Make an id of the same kind that names nothing."""
    return new_id(Kind(id_[0]))


def of_kind(things: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """Pick things by the first letters of their ids."""
    return {label: id_ for label, id_ in things.items() if id_[0] in kinds}
