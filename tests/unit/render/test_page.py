import re

import pytest

from server.domain.rendering import RenderFormat, RenderNotice, RenderNoticeCode, RenderTheme
from server.render.page import Page, document
from server.render.scripts import find_script
from server.render.styles import style_sheet, templates_folder

LINK = f"/static/{style_sheet(RenderTheme.LIGHT).name}"


def page(
    fragment: bytes = b"<p>x</p>", title: str = "T", theme: RenderTheme = RenderTheme.LIGHT, notices: tuple[RenderNotice, ...] = ()
) -> str:
    return document(Page(title, theme, "/static"), fragment, notices).decode()


def test_a_page_is_a_complete_document_around_the_cells() -> None:
    assert page() == (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="x-dns-prefetch-control" content="off">\n<meta name="color-scheme" content="light">\n<title>T</title>\n'
        f'<link rel="stylesheet" href="{LINK}">\n</head>\n'
        '<body class="jp-Notebook" data-jp-theme-light="true" data-jp-theme-name="JupyterLab Light">\n<main lang="">\n<p>x</p>\n</main>\n'
        "</body>\n</html>\n"
    )


@pytest.mark.parametrize(("format_", "cells"), [(RenderFormat.HTML, "main"), (RenderFormat.SLIDES, "div")])
def test_our_words_are_english_and_the_notebooks_in_no_known_language(format_: RenderFormat, cells: str) -> None:
    notice = RenderNotice(RenderNoticeCode.REPAIRED, "Mended.")
    whole = document(Page("T", RenderTheme.LIGHT, "/static", format_), b'<p>x</p><p lang="de">y</p>', (notice,)).decode()
    languages = {"html": "en", cells: "", "p": "de", "footer": "en"} | ({"section": "en"} if format_ == RenderFormat.SLIDES else {})
    assert dict(re.findall(r'<(\w+)[^>]* lang="(\w*)"', whole)) == languages


def test_a_title_cannot_leave_its_place() -> None:
    assert "<title>&lt;/title&gt;&lt;script&gt;</title>" in page(title="</title><script>")


def test_a_dark_page_says_so() -> None:
    text = page(theme=RenderTheme.DARK)
    assert 'data-jp-theme-light="false" data-jp-theme-name="JupyterLab Dark"' in text
    assert '<meta name="color-scheme" content="dark">' in text


def test_notices_stand_below_the_cells() -> None:
    notices = (RenderNotice(RenderNoticeCode.REPAIRED, "a < b", 0), RenderNotice(RenderNoticeCode.REPAIRED, "c"))
    assert "<ul>\n<li>Cell 1: a &lt; b</li>\n<li>c</li>\n</ul>" in page(notices=notices)


def test_a_page_adds_at_most_5_kb_however_much_there_is_to_say() -> None:
    notices = tuple(RenderNotice(RenderNoticeCode.REPAIRED, "<" * 5000, index) for index in range(200))
    text = page(b"", title="&" * 5000, notices=notices)
    assert len(text.encode()) <= 5000
    assert "and 196 more" in text


def test_an_inline_style_sheet_makes_the_page_self_contained() -> None:
    content = style_sheet(RenderTheme.LIGHT).content
    text = document(Page("T", RenderTheme.LIGHT, None), b"").decode()
    assert "<link" not in text
    assert content.decode() in text
    assert re.findall(r"https?:", text) == []


@pytest.mark.parametrize("theme", RenderTheme)
def test_a_style_sheet_points_nowhere_outside(theme: RenderTheme) -> None:
    sheet = style_sheet(theme)
    css = sheet.content.decode()
    assert re.fullmatch(rf"notebook-{theme.name.lower()}\.[0-9a-f]{{12}}\.css", sheet.name)
    assert "@import" not in css
    assert "http" not in css
    assert "</style" not in css
    assert set(re.findall(r"url\(['\"]?([a-z]*:?)", css)) == {"data:"}


@pytest.mark.parametrize("theme", RenderTheme)
def test_a_served_style_sheet_points_at_a_font_of_ours_and_nowhere_else(theme: RenderTheme) -> None:
    sheet, font = style_sheet(theme), find_script("math")
    assert font is not None
    face = f'@font-face {{ font-family: "nbinsight math"; src: url({font.name}) format("woff2"); }}\n'
    assert sheet.served == face.encode() + sheet.content


def test_themes_differ_and_colour_code() -> None:
    light, dark = (style_sheet(theme).content.decode() for theme in RenderTheme)
    assert light != dark
    for css in (light, dark):
        assert ".highlight .k " in css
        assert "--jp-layout-color0:" in css
        assert ".jp-RenderedHTMLCommon" in css


def test_templates_are_found_without_their_library() -> None:
    assert (templates_folder() / "lab" / "base.html.j2").is_file()
