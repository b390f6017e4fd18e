"""What every render format holds to, ours and those of plug-ins: the ones installed, and one that is installed here."""

from collections.abc import AsyncGenerator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from server.domain.rendering import RenderFormat, RenderOptions, RenderProfile
from server.render.formats import formats, render_function
from server.render.load import load
from server.render.notices import Notices
from server.render.prepared import Prepared
from server.render.redact import redact
from tests.fixtures import make
from tests.fixtures.running import ROOT, serving
from tests.fixtures.secretive import SECRET, secretive
from tests.unit.render.fakes import House, limits

PLUGIN = """
from nbinsight import Prepared, RenderFormat

TOY = RenderFormat("TOY", "text/x-toy", "toy", "toy:render", "Every text in a line of its own.")
CLASH = RenderFormat("HTML", "text/html", "html", "toy:render", "Not the first of its name.")
NAMELESS = RenderFormat(3, "text/x-toy", "toy", "toy:render", "No name.")
BROKEN = RenderFormat("BROKEN", "text/x-toy\\r\\nx: y", "toy", "toy:render", "A header of its own.")
SHOUTED = RenderFormat("toy", "text/x-toy", "toy", "toy:render", "A name that GraphQL could not tell from a word.")

def render(prepared: Prepared):
    for cell in prepared.notebook["cells"]:
        if cell is not None:
            yield (cell["source"] + "\\n").encode()
"""

NAMES = [*formats(), "TOY"]


def install(folder: Path, entry: str) -> None:
    """Install the plug-in with one entry point, as pip would leave it."""
    folder.mkdir(exist_ok=True)
    (folder / "toy.py").write_text(PLUGIN)
    info = folder / "toy-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[nbinsight.formats]\n{entry}\n")


@pytest.fixture
def plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The plug-in's folder; it is found from now on."""
    install(tmp_path / "plugin", "toy = toy:TOY")
    monkeypatch.syspath_prepend(tmp_path / "plugin")
    formats.cache_clear()
    yield tmp_path / "plugin"
    formats.cache_clear()


@pytest.fixture(params=NAMES)
def format_(request: pytest.FixtureRequest) -> RenderFormat:
    """One format after the other."""
    request.getfixturevalue("plugged_in")
    return formats()[request.param]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    """A renderer."""
    made = House(tmp_path, limits())
    yield made
    await made.renderer.close()


def rendered(notebook: make.Node, format_: RenderFormat, *, show_code: bool, profile: RenderProfile = RenderProfile.STATIC) -> str:
    """Render as a child does, in this process."""
    notices = Notices()
    loaded = load(make.dump(notebook), notices)
    changed = redact(loaded.notebook, notices, show_code=show_code, profile=profile)
    prepared = Prepared(loaded.notebook, show_code, None if changed else loaded.stored, notices, profile=profile)
    pieces = list(render_function(format_)(prepared))
    assert all(isinstance(piece, bytes) for piece in pieces)
    return b"".join(pieces).decode() + str(notices.all())


@pytest.mark.parametrize("profile", RenderProfile)
def test_hidden_code_leaves_no_trace(format_: RenderFormat, profile: RenderProfile) -> None:
    text = rendered(secretive(), format_, show_code=False, profile=profile)
    assert SECRET not in text
    assert "Public words" in text


@pytest.mark.parametrize("metadata", [{"tags": ["hide-input"]}, {"tags": ["remove-cell"]}, {"jupyter": {"source_hidden": True}}])
def test_what_its_author_hid_is_absent_though_code_is_shown(format_: RenderFormat, metadata: make.Node) -> None:
    cells = [make.markdown("Public words"), make.code(SECRET, metadata=metadata), make.code("shown_code")]
    text = rendered(make.notebook(*cells), format_, show_code=True)
    assert SECRET not in text
    assert "shown_code" in text


@pytest.mark.parametrize("show_code", [True, False])
def test_the_same_notebook_gives_the_same_bytes(format_: RenderFormat, show_code: bool) -> None:  # noqa: FBT001
    first, second = (rendered(secretive(), format_, show_code=show_code) for _ in range(2))
    assert first == second


def test_a_notebook_without_cells_renders(format_: RenderFormat) -> None:
    assert SECRET not in rendered(make.notebook(), format_, show_code=True)


async def test_a_child_renders_what_this_process_renders(format_: RenderFormat, house: House) -> None:
    notebook = make.notebook(make.markdown("Public words"), make.code("1", make.stream("out\n")))
    digest = await house.blobs.put(make.dump(notebook))
    assert digest == sha256(make.dump(notebook)).hexdigest()
    found = await house.renderer.render(digest, RenderOptions(format_, show_code=True))
    assert found.content.decode() + str(found.notices) == rendered(notebook, format_, show_code=True)


def test_every_format_is_told_apart_by_its_version() -> None:
    assert [format_.version for format_ in formats().values()] == [""] * len(formats())


@pytest.mark.usefixtures("plugged_in")
def test_a_plug_ins_version_is_part_of_its_format() -> None:
    assert formats()["TOY"].version == "+1.2"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("toy = toy:CLASH", r"`toy` \(toy:CLASH, group nbinsight\.formats\) names its format HTML, as another does"),
        ("toy = toy:SHOUTED", r"must be a RenderFormat with a NAME in capitals"),
        ("toy = toy:NAMELESS", r"must be a RenderFormat"),
        ("toy = toy:BROKEN", r"must be a RenderFormat"),
        ("toy = toy:render", r"must be a RenderFormat"),
        ("toy = toy:MISSING", r"cannot be imported: .*MISSING.*Mend or uninstall it"),
        ("toy = no_such_module:TOY", r"cannot be imported: No module named 'no_such_module'"),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_named(entry: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "plugin", entry)
    monkeypatch.syspath_prepend(tmp_path / "plugin")
    formats.cache_clear()
    try:
        with pytest.raises(ValueError, match=message):
            formats()
    finally:
        formats.cache_clear()


SAVE = """mutation($content: String) { saveNotebook(input: {projectKey: "DEMO", name: "toy", content: $content}) {
    notebook { id } errors { message } } }"""
FREEZE = """mutation($id: ID!) { createExport(input: {notebookId: $id}) { export {
    rendering(format: TOY) { format mediaType body fragment url } } errors { message } } }"""


def test_a_plug_ins_format_is_one_of_the_api(plugged_in: Path, tmp_path: Path) -> None:
    with serving("--demo", cwd=tmp_path, PYTHONPATH=f"{plugged_in}:{ROOT}") as server:
        content = make.dump(make.notebook(make.markdown("Public words"), make.code(SECRET))).decode()
        saved = server.data(SAVE, server.token, content=content)["saveNotebook"]
        made = server.data(FREEZE, server.token, id=saved["notebook"]["id"])["createExport"]["export"]["rendering"]
    assert made.pop("url").startswith("/content/")
    assert made == {"format": "TOY", "mediaType": "text/x-toy; charset=utf-8", "body": "Public words\n\n", "fragment": None}
