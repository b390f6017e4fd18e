"""STATIC, INTERACTIVE and slides, as a browser gets them: who decides, what may run, and what a document carries."""

import re
from html import unescape
from typing import Any

from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from tests.fixtures import make
from tests.fixtures.world import SECRET, World

SCRIPT = "<script>document.title = 1</script>"
NOTEBOOK = make.notebook(
    make.markdown("# Results", {"slideshow": {"slide_type": "slide"}}),
    make.code(f"{SECRET} = 1", make.html_output(SCRIPT), make.display({"application/vnd.plotly.v1+json": {"data": []}})),
)
RENDERING = """query($id: ID!, $format: RenderFormat = HTML, $profile: RenderProfile = INTERACTIVE) { export(id: $id) {
    viewerCan { showInteractive }
    rendering(format: $format, profile: $profile) { profile url fragment body etag notices { code message } } } }"""
ALLOW = """mutation($allows: Boolean!) { updateProject(input: {projectKey: "SALES", allowsActiveContent: $allows}) {
    project { allowsActiveContent } errors { message } } }"""


async def exported(world: World, *, active: bool = True) -> str:
    """Publish as somebody who may or may not create active content, with everything authorized; return the export's id."""
    rights = [G.WRITE_SAFE_CODE, G.CREATE_ACTIVE_WEB_CONTENT] if active else [G.WRITE_SAFE_CODE]
    await world.person("author", permissions=[P.WRITE_PROJECT_CONTENT], globally=rights)
    notebook = await world.save("Live", who="author", notebook=NOTEBOOK)
    await world.authorize(notebook)
    return str((await world.publish(notebook, who="author"))["export"])


async def rendering(world: World, export: str, who: str = "dash_reader", **variables: object) -> Any:  # noqa: ANN401  any JSON
    data = await world.ok(who, RENDERING, id=export, **variables)
    assert data["export"]["viewerCan"]["showInteractive"] is (data["export"]["rendering"]["profile"] == "INTERACTIVE") or variables
    return data["export"]["rendering"]


async def test_scripts_run_where_project_and_author_allow_it(world: World) -> None:
    export = await exported(world)
    await world.ok("admin", ALLOW, allows=True)
    found = await rendering(world, export)
    assert (found["profile"], found["fragment"], found["notices"]) == ("INTERACTIVE", None, [])
    response = await world.client.get(found["url"])
    assert response.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'")
    assert SCRIPT in response.text
    assert SECRET not in response.text
    scripts = re.findall(r'<script src="/static/([a-z]+)-[0-9a-f]+\.js"></script>', response.text)
    assert scripts == ["jquery", "plotly", "require", "names", "draw"]
    assert response.text.index("names-") < response.text.index(SCRIPT) < response.text.index("draw-")


async def test_a_document_by_itself_carries_scripts_and_its_own_policy(world: World) -> None:
    export = await exported(world)
    await world.ok("admin", ALLOW, allows=True)
    outer = (await rendering(world, export))["body"]
    before, frame, rest = outer.partition('<iframe sandbox="allow-scripts" title="Live" srcdoc="')
    assert "<script" not in before
    assert frame
    inner, end, after = rest.partition('"')
    assert (end, after) == ('"', "></iframe>\n</body>\n</html>\n")
    body = unescape(inner)
    assert "<script src" not in body
    assert 'href="/static' not in body
    assert len(body) > 3_000_000
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', body)
    assert policy is not None
    assert policy.start() < body.index("<script")
    assert "script-src 'unsafe-inline' 'unsafe-eval' blob:;" in policy[1]
    assert "connect-src 'none'" in policy[1]


async def test_what_the_project_does_not_allow_is_static_with_a_notice(world: World) -> None:
    export = await exported(world)
    found = await rendering(world, export)
    assert found["profile"] == "STATIC"
    assert "<script" not in found["body"]
    message = "The project does not allow INTERACTIVE, so this is the profile STATIC: scripts and widgets do not run."
    assert found["notices"][0] == {"code": "ACTIVE_CONTENT_REMOVED", "message": message}
    response = await world.client.get(found["url"])
    assert response.headers["content-security-policy"].startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "<script" not in response.text


async def test_what_its_author_might_not_create_is_static_whoever_looks(world: World) -> None:
    export = await exported(world, active=False)
    await world.ok("admin", ALLOW, allows=True)
    found = await rendering(world, export, "admin")
    assert found["profile"] == "STATIC"
    assert found["notices"][0]["message"].startswith("Whoever made this export lacked CREATE_ACTIVE_WEB_CONTENT then")


async def test_an_address_falls_back_as_soon_as_the_project_forbids(world: World) -> None:
    export = await exported(world)
    await world.ok("admin", ALLOW, allows=True)
    url = (await rendering(world, export))["url"]
    before = await world.client.get(url)
    assert "allow-scripts" in before.headers["content-security-policy"]
    await world.ok("admin", ALLOW, allows=False)
    after = await world.client.get(url, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "allow-scripts" not in after.headers["content-security-policy"]
    assert "<script" not in after.text


async def test_interactive_is_for_pages(world: World) -> None:
    export = await exported(world)
    await world.ok("admin", ALLOW, allows=True)
    found = await rendering(world, export, format="MARKDOWN")
    assert found["profile"] == "STATIC"
    assert found["notices"][0]["message"].startswith("INTERACTIVE is for web pages")


async def test_slides_run_one_script_of_ours(world: World) -> None:
    export = await exported(world)
    found = await rendering(world, export, format="SLIDES", profile="STATIC")
    response = await world.client.get(found["url"])
    scripts = re.findall(r"<script[^>]*>", response.text)
    [name] = re.findall(r'<script src="/static/(reveal-[0-9a-f]+\.js)">', response.text)
    assert len(scripts) == 1
    policy = response.headers["content-security-policy"]
    assert f"script-src http://127.0.0.1:8000/static/{name} http://localhost:8000/static/{name};" in policy
    assert "unsafe-inline' http" in policy.split("style-src")[1]
    assert response.headers["content-disposition"].startswith("inline")
    assert '<div class="reveal">' in response.text
    assert SECRET not in response.text
    assert found["fragment"] is None
    assert "'sha256-" in found["body"].split("</head>")[0]


async def test_tags_tell_profiles_and_themes_apart(world: World) -> None:
    export = await exported(world)
    before = await rendering(world, export)
    static = await rendering(world, export, profile="STATIC")
    await world.ok("admin", ALLOW, allows=True)
    after = await rendering(world, export)
    assert len({found["etag"] for found in (before, static, after)}) == 3
