import nh3
import pytest

from server.render.rows import clean_in_pieces
from server.render.sanitize import clean

ROWS = "".join(f'\n  <tr class="x">\n    <th>{n}</th>\n    <td style="color: red">a &amp; b</td>\n  </tr>' for n in range(20_000))
BY_ITSELF = '<table onclick="evil()"><thead><tr><th>a</th></tr></thead><tbody>{}</tbody></table><p>after</p>'

LONG = {
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
    "the word itself": f"<table>{ROWS}<tr><td>nbirows0y</td></tr></table>",
}


@pytest.mark.parametrize("html", LONG.values(), ids=LONG)
def test_long_tables_are_sanitised_in_pieces_as_they_would_be_whole(html: str) -> None:
    assert clean_in_pieces(html, nh3.clean) == nh3.clean(html)
    assert "evil" not in clean(html)


def test_no_piece_is_longer_than_needed() -> None:
    lengths: list[int] = []

    def noted(html: str) -> str:
        lengths.append(len(html))
        return clean(html)

    clean_in_pieces(LONG["a frame"], noted)
    assert len(lengths) > 3
    assert max(lengths) < 300_000
