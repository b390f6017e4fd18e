"""Small files that cost much, and shapes that break readers: what grows faster than its input, what nests, what is no number."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fixtures import make

_IMG: Final = "data:image/png;base64,"


def _markdown(text: str) -> Callable[[], str]:
    return lambda: json.dumps(make.notebook(make.markdown(text)))


def _html(text: str) -> Callable[[], str]:
    return lambda: json.dumps(make.notebook(make.code("1", make.html_output(text))))


def _cell(**fields: Any) -> Callable[[], str]:  # noqa: ANN401  whatever a notebook may hold
    return lambda: json.dumps(make.notebook({**make.code("1", make.stream("x")), **fields}, make.markdown("after")))


def _shown(data: Any, metadata: Any = None) -> Callable[[], str]:  # noqa: ANN401  likewise
    return lambda: json.dumps(make.notebook(make.code("1", make.display(data, metadata)), make.markdown("after")))


def _about(**metadata: Any) -> Callable[[], str]:  # noqa: ANN401  likewise
    return lambda: json.dumps(make.notebook(make.code("1"), make.markdown("after"), metadata=metadata))


def _source(text: str, language: str) -> Callable[[], str]:
    return lambda: json.dumps(make.notebook(make.code(text), language=language))


def _within(json_text: str) -> Callable[[], str]:
    """Return a notebook with this JSON in its metadata, which no serialiser would write."""
    return lambda: json.dumps(make.notebook(make.code("1"), metadata={"x": "HERE"})).replace('"HERE"', json_text)


def _table(columns: int, rows: int) -> str:
    row = "<tr>" + "<td>1</td>" * columns + "</tr>"
    return f"<table>{row * rows}</table>"


_LAUGHS: Final = (
    "<!DOCTYPE svg [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + ']><svg xmlns="http://www.w3.org/2000/svg"><text y="9">&a11;</text></svg>'
)

GROWING: Final[Mapping[str, Callable[[], str]]] = {
    "images that never close": _markdown("![" * 50_000),
    "brackets": _markdown("[" * 50_000),
    "brackets closed": _markdown("[" * 5_000 + "]" * 5_000 + "(x)"),
    "environments that never end": _markdown("\\begin{a}" * 20_000),
    "links that never end": _markdown("[a](<" * 30_000),
    "link titles that never end": _markdown('[a](b "' * 30_000),
    "references": _markdown("[a]: " * 20_000 + "\n\n" + "\n".join(f"[r{n}]: /x\n[r{n}]" for n in range(2_000))),
    "nested lists": _markdown("\n".join(f"{'  ' * n}* x" for n in range(1_500))),
    "nested quotes": _markdown(">" * 20_000 + " x"),
    "nested quotes and lists": _markdown("> * " * 3_000 + "x"),
    "emphasis": _markdown("*a **b " * 20_000),
    "emphasis closed": _markdown("**" * 10_000 + "x" + "**" * 10_000),
    "underscores": _markdown("_" * 100_000 + "a"),
    "code ticks": _markdown("`" * 3_000 + "a " + " ".join("`" * n for n in range(1, 700))),
    "tables of Markdown": _markdown("|" * 3_000 + "\n" + "|-" * 3_000 + "|\n" + ("|a" * 3_000 + "|\n") * 30),
    "dollars": _markdown("$" * 100_000),
    "dollars apart": _markdown("$ a " * 50_000),
    "autolinks": _markdown("<http://" * 30_000),
    "html that never ends": _markdown("<a " * 50_000),
    "comments that never end": _markdown("<!-- " * 50_000),
    "entities": _markdown("&#" * 100_000 + "&a" * 100_000),
    "footnotes": _markdown("[^a" * 30_000 + "\n\n[^a]: x" * 1_000),
    "line breaks": _markdown("a  \n" * 100_000),
    "one word": _markdown("a" * 5_000_000),
    "backslashes": _markdown("\\" * 500_000),
    "braces of maths": _markdown("$" + "{" * 100_000 + "$"),
    "braces of maths in pairs": _markdown("$" + "{" * 1_900 + "x" + "}" * 1_900 + "$"),
    "fractions": _markdown("$" + "\\frac" * 10_000 + "$"),
    "fractions in each other": _markdown("$" + "\\frac{1}{" * 55 + "x" + "}" * 55 + "$" + " $\\sqrt{x_1^2}$" * 5_000),
    "roots, short": _markdown("$" + "\\sqrt" * 700 + "x$"),
    "left without right": _markdown("$" + "\\left(" * 600 + "x$"),
    "exponents": _markdown("$x" + "^{x" * 58 + "}" * 58 + "$ " * 50),
    "matrices": _markdown("$\\begin{matrix}" + "a&" * 1_900 + "\\end{matrix}$"),
    "macros that grow": _markdown(
        "$\\def\\a{xx}" + "".join(f"\\def\\{chr(98 + n)}{{\\{chr(97 + n)}\\{chr(97 + n)}}}" for n in range(20)) + "\\u$"
    ),
    "latex output of many formulas": _shown({"text/latex": "$x$ " * 100_000}),
    "latex output of delimiters": _shown({"text/latex": "\\[" * 100_000 + "$$" * 50_001 + "\\begin{a}" * 20_000}),
    "ansi codes": lambda: json.dumps(make.notebook(make.code("1", make.stream("\x1b[31ma" * 220_000)))),
    "ansi codes that never end": lambda: json.dumps(make.notebook(make.code("1", make.stream("\x1b[" * 500_000)))),
    "carriage returns": lambda: json.dumps(make.notebook(make.code("1", make.stream("x\r" * 1_000_000)))),
    "backslashes of r": _source('x <- "' + "\\" * 60_000, "R"),
    "quotes of python": _source("'''\"\"\"" * 30_000, "python"),
    "brackets of a lexer": _source("{[(" * 100_000, "scala"),
    "dashes of perl": _source("=" * 50_000 + "s/" * 30_000, "perl"),
    "comments of haskell": _source("{-" * 50_000, "haskell"),
    "a fence of many languages": _markdown(
        "\n".join(f"```{name}\n{'<%[{(' * 500}\n```" for name in ("php", "erb", "jsp", "tex", "r", "raku"))
    ),
    "a line of 10 MB": lambda: json.dumps(make.notebook(make.code("1", make.stream("x" * 10_000_000)))),
    "a wide table": _html(_table(5_000, 20)),
    "a long table": _html(_table(5, 60_000)),
    "tables in tables": _html("<table><tr><td>" * 5_000),
    "deep html": _html("<div>" * 50_000),
    "deep formatting": _html("<b><i><a href=x>" * 10_000 + "</b></i></a>" * 10_000),
    "deep html in a table": _html("<table>" + "<b>" * 5_000 + "<tr>" * 5_000),
    "attributes": _html("<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">"),
    "attributes of one name": _html("<p " + "title=x " * 100_000 + ">"),
    "a style of 1 MB": _html('<p style="' + "color:red;" * 100_000 + '">x'),
    "a style element of 1 MB": _html("<style>" + "a{color:red}" * 80_000 + "</style><p>x"),
    "styles, each another": _html("".join(f'<p style="width:{n}px;color:#{n:06x}">x' for n in range(20_000))),
    "quotes in a style": _html("<p style='" + 'font-family:"a' * 3_000 + "'>x" + "<p style='background:" + "rgb(" * 900 + "'>"),
    "handlers": _html("<p " + "on" * 200_000 + ">" + "<a href='" + " " * 200_000 + "javascript:'>"),
    "open tags": _html("<" * 500_000),
    "open tags with blanks": _html("<a" + " " * 500_000 + "<a" + "\n" * 500_000),
    "drawings in drawings": _html("<svg>" * 30_000),
    "drawings that close": _html("<svg></svg>" * 30_000),
    "titles of drawings": _html("<svg>" + "<title>" * 50_000 + "</svg>"),
    "scripts in drawings": _html("<svg>" + "<script>" * 50_000 + " on" * 50_000 + "</svg>"),
    "entities that laugh": _shown({"image/svg+xml": _LAUGHS}),
    "a picture of 9 MB": _shown({"image/png": "A" * 9_000_000}),
    "a picture with blanks": _shown({"image/png": "A \n" * 1_000_000}),
    "pictures in Markdown": _markdown(f"![x]({_IMG}{'A' * 2_000_000})"),
    "outputs": lambda: json.dumps(
        make.notebook(make.code("1", *(make.stream("x", "stdout" if n % 2 else "stderr") for n in range(50_000))))
    ),
    "cells": lambda: json.dumps(make.notebook(*(make.markdown("x") for _ in range(100_000)))),
    "tags": _cell(metadata={"tags": [f"t{n}" for n in range(50_000)]}),
    "lines that hide": lambda: json.dumps(
        make.notebook(
            *(
                make.code("\n".join(f"line_{n}_{m} = 1" for m in range(200)), make.error_output("E", "x " * 10_000, "y\n" * 500))
                for n in range(60)
            )
        )
    ),
    "outputs that hardly quote": lambda: json.dumps(
        make.notebook(
            make.code("\n".join(f"value_{n} = compute({n}, 'end')" for n in range(10_000))),
            make.code("b", make.stream("".join(f"> {n}: | value_x{n} = compute({n}, 'end')\n" for n in range(10_000)))),
            make.code("b", make.display({"text/plain": "".join(f"\u2502 {n} \u2502 value_{n} = compute({n}\n" for n in range(10_000))})),
            make.code(
                "b", make.html_output("<pre>" + "".join(f"<b>{n}</b> value_{n} <i>= compute({n}, 'end')</i>\n" for n in range(10_000)))
            ),
        )
    ),
    "quotes in tags that never end": lambda: json.dumps(
        make.notebook(make.code("value = compute(1)"), make.code("b", make.html_output("<pre>" + "<b " * 300_000 + "<script" * 50_000)))
    ),
    "calls that never end": lambda: json.dumps(make.notebook(make.code("value = 1", make.stream("Error in " * 500_000)))),
    "links that never end in a terminal": lambda: json.dumps(make.notebook(make.code("value = 1", make.stream("12 \x1b]8;;" * 300_000)))),
    "marks without end": lambda: json.dumps(make.notebook(make.code("value = 1", make.stream("> | 12 " * 500_000 + "value = 2\n")))),
    "quoted lines that hide": lambda: json.dumps(
        make.notebook(make.code("\n".join("a" * n for n in range(9, 2_000))), make.code("b", make.error_output("E", "a" * 200_000)))
    ),
}
"""Each must end by its time."""

BREAKING: Final[Mapping[str, Callable[[], str]]] = {
    "a deep metadata": _within("[" * 900 + "]" * 900),
    "a deeper metadata": _within("[" * 100_000 + "]" * 100_000),
    "deep objects": _within('{"a":' * 5_000 + "1" + "}" * 5_000),
    "a deep output": _shown({"application/json": {"HERE": 1}, "text/plain": "x"}),
    "a byte order mark": lambda: "\ufeff" + json.dumps(make.notebook(make.markdown("x"))),
    "a number of 4,300 digits": _within("9" * 4_300),
    "a number of 4,301 digits": _within("9" * 4_301),
    "a number beyond 64 bits": _within(str(2**64)),
    "a number beyond 64 bits in an output": _shown({"text/plain": "x"}, {"x": 2**70}),
    "a number beyond 64 bits in a widget": _about(
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {"x": {"state": {"max": 2**70}}}}}
    ),
    "a huge exponent": _within("1e400"),
    "a number that is none": _within("NaN"),
    "infinity": _within("-Infinity"),
    "a float as count": _cell(execution_count=1.5),
    "infinity as count": lambda: json.dumps(make.notebook(make.code("1", count=float("inf")))),
    "a count of 30 digits": _cell(execution_count=10**30),
    "a negative count": _cell(execution_count=-1),
    "a list as count": _cell(execution_count=[[]]),
    "widgets that are null": _about(widgets=None),
    "widgets that are a list": _about(widgets=[None]),
    "widget state that is null": _about(widgets={"application/vnd.jupyter.widget-state+json": None}),
    "a widget that is null": _shown({"application/vnd.jupyter.widget-view+json": None}),
    "a language as text": _about(language_info="python", kernelspec="python3"),
    "a language as a list": _about(language_info=[1], kernelspec=[None]),
    "an attachment that is missing": _cell(cell_type="markdown", source="![x](attachment:y.png)"),
    "attachments that are null": _cell(cell_type="markdown", source="![x](attachment:y.png)", attachments=None),
    "lone surrogates": lambda: (
        json.dumps(make.notebook(make.markdown("a"), make.code("b", make.stream("c"), make.html_output("d"))))
        .replace('"a"', '"\\ud800x\\udfff"')
        .replace('"c"', '"\\udc80"')
        .replace('"d"', '"<p>\\ud83d</p>"')
    ),
    "control characters": _markdown("".join(map(chr, range(32))) + "\x7f\x80\x9f\ufffe\uffff"),
    "null in a source": _cell(source="a\x00b"),
    "null as source": _cell(source=None),
    "numbers in lines": _cell(source=[1, None, ["x"]]),
    "outputs that are null": _cell(outputs=None),
    "outputs of anything": _cell(outputs=[None, 1, "x", [], {}, {"output_type": None}, {"output_type": "error"}]),
    "data that is null": _shown(None),
    "data of anything": _shown({"text/html": None, "image/png": 1, "text/plain": {"a": 1}, "image/svg+xml": [1, None], "": ""}),
    "cells that are null": lambda: json.dumps(make.notebook() | {"cells": None}),
    "cells of anything": lambda: json.dumps(make.notebook() | {"cells": [None, 1, "x", [], {}]}),
    "metadata that is null": lambda: json.dumps(make.notebook(make.markdown("x")) | {"metadata": None}),
    "metadata of a cell that is a list": _cell(metadata=[1]),
    "tags of anything": _cell(metadata={"tags": [None, 1, [], {}]}),
    "ids of anything": _cell(id=[1]),
    "keys twice": lambda: (
        '{"cells": [], "cells": [{"cell_type": "markdown", "source": "x", "metadata": {}}], '
        '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    ),
    "a format of the future": lambda: json.dumps(make.notebook(make.markdown("x")) | {"nbformat": 99}),
    "a format without end": lambda: json.dumps(make.notebook(make.markdown("x")) | {"nbformat": 10**400}),
    "a minor that is text": lambda: json.dumps(make.notebook(make.markdown("x")) | {"nbformat_minor": "x"}),
    "worksheets": lambda: json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [None, {"cells": [None]}]}),
    "nothing": lambda: "",
    "no object": lambda: "[" * 10_000,
    "text": lambda: '"x"',
}
"""Each must be shown or refused, and break nothing."""
