"""Tables as pandas and R write them, in HTML and as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from server.demo.notebooks.building import Bundle

_PANDAS_STYLE: Final = """<style scoped>
    .dataframe tbody tr th:only-of-type {
        vertical-align: middle;
    }

    .dataframe tbody tr th {
        vertical-align: top;
    }

    .dataframe thead th {
        text-align: right;
    }
</style>"""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of ready-made texts; each row starts with its label, and `corner` names those labels."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    corner: str = ""

    def pandas(self) -> Bundle:
        """Return what a DataFrame shows itself as."""
        return {"text/html": _pandas_html(self), "text/plain": _pandas_text(self)}


def _pandas_html(table: Table) -> str:
    head = ['<tr style="text-align: right;">', *_cells("th", ["", *table.columns]), "</tr>"]
    if table.corner:
        head += ["<tr>", *_cells("th", [table.corner, *[""] * len(table.columns)]), "</tr>"]
    body: list[str] = []
    for label, *values in table.rows:
        body += ["<tr>", *_cells("th", [label]), *_cells("td", values), "</tr>"]
    lines = ["  <thead>", *(f"    {line}" for line in head), "  </thead>", "  <tbody>", *(f"    {line}" for line in body), "  </tbody>"]
    return "\n".join(["<div>", _PANDAS_STYLE, '<table border="1" class="dataframe">', *lines, "</table>", "</div>"])


def _cells(tag: str, values: Sequence[str]) -> list[str]:
    return [f"  <{tag}>{escape(value)}</{tag}>" for value in values]


def _pandas_text(table: Table) -> str:
    label_width = max(len(row[0]) for row in [*table.rows, [table.corner]])
    widths = [max(len(column), *(len(row[place]) for row in table.rows)) for place, column in enumerate(table.columns, start=1)]
    lines = [" " * label_width + _right(table.columns, widths)]
    if table.corner:
        lines.append(f"{table.corner:<{label_width}}" + " " * sum(width + 2 for width in widths))
    return "\n".join([*lines, *(f"{label:<{label_width}}" + _right(values, widths) for label, *values in table.rows)])


def _right(values: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"  {value:>{width}}" for value, width in zip(values, widths, strict=True))


def series_text(labels: Sequence[str], values: Sequence[str], footer: str) -> str:
    """Return what a pandas Series prints: labels to the left, values to the right, a line about both."""
    label_width, value_width = max(map(len, labels)), max(map(len, values))
    lines = [f"{label:<{label_width}}    {value:>{value_width}}" for label, value in zip(labels, values, strict=True)]
    return "\n".join([*lines, footer])


def r_data_frame(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> Bundle:
    """Return what IRkernel shows a data.frame as; columns are names and types such as `dbl`."""
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name, _ in columns)
    types = "".join(f"<th scope=col>&lt;{kind}&gt;</th>" for _, kind in columns)
    body = "\n".join("\t<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    size = f"{len(rows)} \N{MULTIPLICATION SIGN} {len(columns)}"
    html = (
        f'<table class="dataframe">\n<caption>A data.frame: {size}</caption>\n<thead>\n\t<tr>{head}</tr>\n\t<tr>{types}</tr>\n</thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>\n"
    )
    names = [name for name, _ in columns]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    text = "\n".join(
        f"{number:<{len(str(len(rows)))}} " + " ".join(f"{value:<{width}}" for value, width in zip(line, widths, strict=True))
        for number, line in enumerate([names, *rows])
    )
    return {"text/html": html, "text/plain": text.replace("0", " ", 1)}
