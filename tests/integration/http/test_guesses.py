"""Who guesses hidden code does not learn that he is right: not from a copy of his own, wherever he keeps it."""

from dataclasses import dataclass
from typing import Any, Final

import httpx2
import pytest

from server.db.models import ProjectGrantRow
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from tests.fixtures import make
from tests.fixtures.world import SECRET, World

ASKED: Final = """query($id: ID!, $format: RenderFormat!, $profile: RenderProfile!, $theme: RenderTheme!) { export(id: $id) {
    rendering(format: $format, profile: $profile, theme: $theme) { url etag } } }"""
CODE: Final = "query($id: ID!, $code: Boolean!) { export(id: $id) { rendering(showCode: $code) { url etag } } }"
ADDRESS: Final = "query($id: ID!, $format: RenderFormat!) { export(id: $id) { rendering(format: $format) { url } } }"
FORMATS: Final = ("HTML", "SLIDES", "MARKDOWN", "SCRIPT", "IPYNB")


def notebook(word: str) -> make.Node:
    return make.notebook(make.markdown("# Results"), make.code(f"{word} = 7\nprint('shown')", make.stream("shown\n")))


@dataclass(frozen=True, slots=True)
class Guesser:
    """Reads the dashboards of SALES, where `hidden` is, and keeps a right guess and a wrong one in a project of his own."""

    world: World
    hidden: str
    right: str
    wrong: str

    async def rendering(self, export: str, format_: str = "HTML", profile: str = "STATIC", theme: str = "LIGHT") -> Any:  # noqa: ANN401  JSON
        found = await self.world.ok("guesser", ASKED, id=export, format=format_, profile=profile, theme=theme)
        return found["export"]["rendering"]

    async def address(self, export: str, format_: str) -> str:
        """Return the address and render nothing, as a tag would."""
        found = await self.world.ok("guesser", ADDRESS, id=export, format=format_)
        return str(found["export"]["rendering"]["url"])

    async def get(self, url: str, method: str = "GET", known: str = "") -> httpx2.Response:
        return await self.world.client.request(method, url, headers={"if-none-match": known} if known else {})


@pytest.fixture
async def guesser(world: World) -> Guesser:
    await world.project("OWN", await world.person("owner_of_own"))
    await world.person("guesser", permissions=[P.WRITE_PROJECT_CONTENT], globally=[G.WRITE_SAFE_CODE], project="OWN")
    async with world.application.parts.database.writing() as session:
        session.add(ProjectGrantRow(user_id=world.ids["guesser"], project_id=world.ids["SALES"], permission=P.READ_DASHBOARDS))
    hidden = await world.save(notebook=notebook(SECRET))
    await world.authorize(hidden)
    exports = [str((await world.publish(hidden))["export"])]
    for word in (SECRET, "wrong_guess"):  # under the same name, so that titles agree
        own = await world.save(notebook=notebook(word), who="guesser", project="OWN")
        exports.append(str((await world.publish(own, who="guesser"))["export"]))
    return Guesser(world, *exports)


@pytest.mark.parametrize("format_", FORMATS)
async def test_no_tag_of_a_copy_is_that_of_the_original(guesser: Guesser, format_: str) -> None:
    exports = (guesser.hidden, guesser.right, guesser.wrong)
    found = [await guesser.rendering(export, format_) for export in exports]
    contents = [await guesser.get(rendering["url"]) for rendering in found]
    assert [content.status_code for content in contents] == [200, 200, 200]
    assert len({content.content for content in contents}) == 1, "what they show without code is the same, so that only the code differs"
    tags = [rendering["etag"] for rendering in found] + [content.headers["etag"] for content in contents]
    assert len(set(tags)) == 6
    for tag in tags[:3] + tags[4:]:
        assert (await guesser.get(found[0]["url"], known=tag)).status_code == 200, "only its own tag says that it is known"
    assert (await guesser.get(found[0]["url"], known=tags[3])).status_code == 304


@pytest.mark.parametrize("format_", FORMATS)
async def test_whether_a_copy_was_rendered_says_nothing_of_the_original(guesser: Guesser, format_: str) -> None:
    for show_code in (True, False):
        query = """query($id: ID!, $code: Boolean!, $format: RenderFormat!) {
            export(id: $id) { rendering(showCode: $code, format: $format) { body } cells(showCode: $code) { totalCount } } }"""
        await guesser.world.ok("analyst", query, id=guesser.hidden, code=show_code, format=format_)
    for export in (guesser.right, guesser.wrong):
        url = await guesser.address(export, format_)
        head = await guesser.get(url, "HEAD")
        assert "content-length" not in head.headers, "nothing of it is kept, as nobody in its own project has looked at it"
        await guesser.get(url)
        assert "content-length" in (await guesser.get(url, "HEAD")).headers


async def test_a_tag_changes_with_whatever_else_is_shown(guesser: Guesser) -> None:
    tags: list[str] = []
    for format_, profile, theme in [("HTML", "STATIC", "LIGHT"), ("HTML", "STATIC", "DARK"), ("HTML", "INTERACTIVE", "LIGHT")] + [
        (format_, "STATIC", "LIGHT") for format_ in FORMATS[1:]
    ]:
        found = await guesser.rendering(guesser.hidden, format_, profile, theme)
        tags += [found["etag"], (await guesser.get(found["url"])).headers["etag"]]
    assert len(set(tags)) == len(tags) == 14


async def test_a_page_whose_author_hides_its_code_is_another(guesser: Guesser) -> None:
    """The bytes known from when the code was shown must not pass for the page that hides it."""
    found = {code: (await guesser.world.ok("analyst", CODE, id=guesser.hidden, code=code))["export"]["rendering"] for code in (True, False)}
    shown, hidden = [(await guesser.get(found[code]["url"])) for code in (True, False)]
    assert SECRET in shown.text
    assert SECRET not in hidden.text
    assert found[True]["etag"] != found[False]["etag"]
    assert shown.headers["etag"] != hidden.headers["etag"]
    again = await guesser.get(found[False]["url"], known=shown.headers["etag"])
    assert (again.status_code, again.content) == (200, hidden.content)
