import nh3
import pytest

from server.render.rows import clean_in_pieces
from server.render.sanitize import clean

ROWS = "".join(f'\n  <tr class="x">\n    <th>{n}</th>\n    <td style="color: red">a &amp; b</td>\n  </tr>' for n in range(20_000))
BY_ITSELF = '<table onclick="evil()"><thead><tr><th>a</th></tr></thead><tbody>{}</tbody></table><p>after</p>'

LONG: dict[str, str] = {
    "a frame": BY_ITSELF.format(ROWS),
    "rows with something in them": BY_ITSELF.format(ROWS + "<tr><td><b>x</b></td></tr>" + ROWS),
    "without a body": f"<table>{ROWS}</table>",
    "never closed": f"<div><table>{ROWS}",
    "no table": f"<p>{ROWS}</p>",
    "inside what is dropped": f"<select>{ROWS}</select><p>x</p>",
    "inside a comment": f"<!-- {ROWS} --><p>x</p>",
    "inside an attribute": f'<p title="{ROWS.replace(chr(34), "")}">x</p>',
    "inside a script": f"<script>{ROWS}</script><p>x</p>",
    "scripts in cells": BY_ITSELF.format(ROWS.replace("a &amp; b", "<script>evil()</script>")),
    "quotes that stay open": f"<table>{ROWS}<tr title='><td>x</td></tr>{ROWS}</table>",
    "the word itself": f"<table>{ROWS}<tr><td>nbirows0y</td></tr></table>",
}

BLOCK = (
    '<p class="x" onclick="evil()">Words <b>in</b> a row,<br>and <span><i>again</i></span> &amp; <img src="data:image/png;base64,x"></p>\n'
)
PROSE = BLOCK * 9000
LINKED = PROSE.replace("Words", '<a href="https://a.example">Words</a>')
LONG |= {
    "prose": PROSE,
    "prose in parts": f"<h1>a</h1>{PROSE}<table><tr><td><b>x</b></td></tr></table>{PROSE}<p>end",
    "prose with links": LINKED,
    "prose with links between links": f'<a href="#x">x</a>{LINKED}<a href="#y">y</a>',
    "links in a link": f'<a href="#x">{LINKED}</a>',
    "links after an open link": f'<p><a href="#x">{LINKED}',
    "bold around": f"<b>{PROSE}</b>",
    "bold that stays open": f"<p><b>x</p>{PROSE}",
    "bold that ends within": f"<i><b>x</i>{PROSE}</b>",
    "in a list": f"<ul><li>{PROSE}<li>{PROSE}</ul>",
    "items of a list": f"<ul>{PROSE.replace('<p ', '<li ').replace('</p>', '</li>')}</ul>",
    "divisions": PROSE.replace("<p ", "<div ").replace("</p>", "</div>"),
    "in a paragraph": f"<p>x{PROSE}y</p>",
    "in a table": f"<table>{PROSE}<tr><td>x</td></tr></table>",
    "in a cell": f"<table><tr><td>{PROSE}</td></tr></table>",
    "in a drawing": f"<svg><g>{PROSE}</g></svg>",
    "in a title": f"<title>{PROSE}</title>",
    "in a comment": f"<!-- {PROSE} --><p>x</p>",
    "in a script": f"<script>{PROSE}</script>{PROSE}",
    "paragraphs in paragraphs": PROSE.replace("Words", "<p>Words"),
    "never closed paragraphs": PROSE.replace("</p>", ""),
    "wrongly nested": PROSE.replace("</b>", "").replace("</p>", "</b></p>"),
    "scripts in paragraphs": PROSE.replace("Words", "<script>evil()</script>"),
    "preformatted": PROSE.replace("<p ", "<pre ").replace("</p>", "</pre>"),
}


@pytest.mark.parametrize("html", LONG.values(), ids=LONG)
def test_long_tables_are_sanitised_in_pieces_as_they_would_be_whole(html: str) -> None:
    assert clean_in_pieces(html, nh3.clean) == nh3.clean(html)
    assert "evil" not in clean(html)


@pytest.mark.parametrize("name", ["a frame", "prose", "prose in parts", "prose with links", "in a list", "items of a list", "divisions"])
def test_no_piece_is_longer_than_needed(name: str) -> None:
    lengths: list[int] = []

    def noted(html: str) -> str:
        lengths.append(len(html))
        return clean(html)

    clean_in_pieces(LONG[name], noted)
    assert len(lengths) > 3
    assert max(lengths) < 300_000
