"""The scripts of interactive documents and of slides, by word; what they do is tested in tests/browser."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from server.render.scripts import BUNDLE, Script, find_script, script_names

WORDS = {"require", "jquery", "plotly", "vega", "names", "widgets", "draw", "reveal", "reveal-style", "math"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "draw-A1.js").write_bytes(b"draw()")
    (tmp_path / "reveal-style-B2.css").write_bytes(b"p{}")
    write_words(tmp_path, {"draw": "draw-A1.js", "reveal-style": "reveal-style-B2.css"})
    return tmp_path


def write_words(bundle: Path, words: dict[str, str]) -> None:
    (bundle / "manifest.json").write_text(json.dumps({"sources": "…", "words": words, "files": {}}))


def test_a_word_stands_for_a_file(bundle: Path) -> None:
    assert find_script("draw", bundle=bundle) == Script("draw-A1.js", b"draw()", "text/javascript; charset=utf-8")
    assert find_script("reveal-style", bundle=bundle) == Script("reveal-style-B2.css", b"p{}", "text/css; charset=utf-8")
    assert find_script("other", bundle=bundle) is None
    assert script_names(bundle=bundle) == {"draw-A1.js", "reveal-style-B2.css"}


@pytest.mark.parametrize("manifest", [None, "", "{"])
def test_without_a_bundle_there_is_no_script(bundle: Path, manifest: str | None) -> None:
    (bundle / "manifest.json").unlink()
    if manifest is not None:
        (bundle / "manifest.json").write_text(manifest)
    assert find_script("draw", bundle=bundle) is None
    assert script_names(bundle=bundle) == frozenset()


def test_a_bundle_that_is_built_again_is_seen(bundle: Path) -> None:
    assert find_script("draw", bundle=bundle) is not None
    (bundle / "draw-C3.js").write_bytes(b"draw(2)")
    write_words(bundle, {"draw": "draw-C3.js"})
    os.utime(bundle / "manifest.json", (1, 1))  # another time for certain: a clock may stand still for a test
    assert find_script("draw", bundle=bundle) == Script("draw-C3.js", b"draw(2)", "text/javascript; charset=utf-8")
    assert script_names(bundle=bundle) == {"draw-C3.js"}


def test_a_script_is_read_once(bundle: Path) -> None:
    first = find_script("draw", bundle=bundle)
    (bundle / "draw-A1.js").unlink()
    assert find_script("draw", bundle=bundle) is first


def test_a_policy_names_a_script_by_the_hash_of_its_content() -> None:
    assert Script("a.js", b"alert('Hello, world.');", "").hash_source == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_the_bundle_has_every_word() -> None:
    assert set(json.loads((BUNDLE / "manifest.json").read_bytes())["words"]) == WORDS


@pytest.mark.parametrize("word", sorted(WORDS - {"math"}))
def test_a_file_of_the_bundle_can_be_put_into_a_document(word: str) -> None:
    script = find_script(word)
    assert script is not None
    text = script.content.decode()
    assert re.findall(r"</script|</style|<!--|\r|\0|\ufeff|^//# sourceMappingURL", text, re.IGNORECASE | re.MULTILINE) == []
    assert hashlib.sha256(script.content).hexdigest().startswith(Path(script.name).stem.rpartition("-")[2])
    assert script.hash_source == f"'sha256-{base64.b64encode(hashlib.sha256(script.content).digest()).decode()}'"


def test_the_scripts_of_slides_evaluate_no_text_and_know_no_other_address() -> None:
    script, style = find_script("reveal"), find_script("reveal-style")
    assert script is not None
    assert style is not None
    assert re.findall(rb"\beval\(|new Function|\bimport\(|@import", script.content + style.content) == []
    addresses = {b"https://revealjs.com", b"https://hakim.se", b"http://www.w3.org/2000/svg"}  # its author's, and the name of SVG
    assert set(re.findall(rb"https?://[\w./-]+", script.content + style.content)) <= addresses


def test_widgets_bring_their_icons_and_know_no_cdn() -> None:
    script = find_script("widgets")
    assert script is not None
    assert script.content.count(b"data:font/woff2;base64,") == 2
    assert b"renderWidgets()" not in script.content


def test_the_font_of_formulas_has_what_makes_brackets_grow() -> None:
    """A WOFF 2 file names its tables in front: of those known to the format, MATH has the number 36."""
    font = find_script("math")
    assert font is not None
    assert font.media_type == "font/woff2"
    tables = int.from_bytes(font.content[12:14], "big")
    assert 36 in {entry & 0x3F for entry in font.content[48 : 48 + tables * 6]}
