"""What quotes hidden code in an output is found, however it is marked, split or coloured; what is no code stays."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from typing_extensions import override

from server.domain.rendering import RenderFormat
from server.render.quotes import HIDDEN, Edit, Quotes, calls_in, edited
from tests.fixtures import make
from tests.unit.render.fakes import rendered

CODE = 'conn = connect(password="hunter2")'
SOURCE = f"import shop\n{CODE}\nlaunch_codes\n"

MARKED = {
    "pdb": f"-> {CODE}",
    "pytest": f">       {CODE}",
    "bash": f"+ {CODE}",
    "bash in a function": f"++ {CODE}",
    "doctest": f">>> {CODE}",
    "doctest, next line": f"... {CODE}",
    "ipython": f"In [1]: {CODE}",
    "ipython, glued": f"In [12]:{CODE}",
    "ipython, next line": f"   ...: {CODE}",
    "number": f"12: {CODE}",
    "number of grep": f"12:{CODE}",
    "place": f"shop/job.py:12: {CODE}",
    "place of grep": f"job.py:12:{CODE}",
    "place with a column": f"job.py:12:4: {CODE}",
    "gcc": f"   12 | {CODE}",
    "difference": f"+{CODE}",
    "prompt of pdb": f"(Pdb) {CODE}",
    "prompt of ipdb": f"ipdb> {CODE}",
    "prompt of julia": f"julia> {CODE}",
    "prompt of a shell": f"user@host:~$ {CODE}",
    "frame": f"---> 12 {CODE}",
    "frame, another": f"     12 {CODE}",
    "list of pdb": f" 12  ->\t{CODE}",
    "box": f"\u2502 \u2771 12 \u2502   {CODE}      \u2502",
    "box in a box": f"\u2502 \u2502 \u2771 12 \u2502 \u2502 \u2502 {CODE}   \u2502 \u2502",
    "box, cropped": f"\u2502 \u2771 12 {CODE[:24]} \u2502",
    "box, wrapped": f"\u2502      {CODE[-16:]}      \u2502",
    "values in a box": f"\u2502 \u2502 {CODE} \u2502 \u2502",
    "colours": '\x1b[1;32m---> 12\x1b[0m conn \x1b[31m=\x1b[0m connect(password=\x1b[33m"hunter2"\x1b[0m)',
    "character set": f"12 \x1b(B{CODE}\x1b(B\x1b[m",
    "link": f"12 \x1b]8;;file:///x.py\x1b\\{CODE}\x1b]8;;\x1b\\",
    "link, older": f"\x1b]0;title\x07> {CODE}",
    "no width": f"12 \u200b{CODE}\u200b",
    "tabs": "12\t" + CODE.replace(" = ", "\t=  "),
    "a name": "---> 3 launch_codes",
}


def shown(*outputs: make.Node, source: str = SOURCE) -> list[make.Node]:
    """Return the outputs of a cell whose code is hidden."""
    text, _ = rendered(make.dump(make.notebook(make.code(source, *outputs))), RenderFormat.IPYNB, show_code=False)
    found: list[make.Node] = json.loads(text)["cells"][0]["outputs"]
    return found


@pytest.mark.parametrize("line", MARKED.values(), ids=MARKED)
def test_a_line_behind_marks_is_hidden_in_streams_and_displays(line: str) -> None:
    text, without = f"before\n{line}\nafter\n", f"before\n{HIDDEN}\nafter\n"
    assert shown(make.stream(text)) == [make.stream(without)]
    assert shown(make.stream(text, "stderr")) == [make.stream(without, "stderr")]
    assert shown(make.display({"text/plain": text, "Text/Markdown": text})) == [
        make.display({"text/plain": without, "Text/Markdown": without})
    ]


@pytest.mark.parametrize("line", MARKED.values(), ids=MARKED)
def test_nothing_of_it_is_hidden_in_a_notebook_without_that_line(line: str) -> None:
    outputs = [make.stream(f"{line}\n"), make.display({"text/plain": line, "text/html": f"<pre>{line}</pre>"})]
    assert shown(*outputs, source="print_something_else(1)") == outputs


STAYS = {
    "a table": "   name  launch_codes\n0  x     launch_codes\n",
    "a numbered list": "1. launch codes\n- launch_codes\n",
    "a summary": "Name: launch_codes, dtype: int64\nTotal: launch_codes\n",
    "a table in a box": "\u2502 launch \u2502 codes \u2502\n\u2502 12     \u2502 13    \u2502\n",
    "a part of the code": '12 connect(password="...")\n> password\n',
    "words": f"The code was {CODE} then\n",
}


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_what_a_program_shows_by_itself_stays(text: str) -> None:
    outputs = [make.stream(text), make.display({"text/plain": text, "text/html": f"<pre>{text}</pre>"})]
    assert shown(*outputs) == outputs


def test_a_column_of_numbers_and_names_stays_in_a_display() -> None:
    series = make.display({"text/plain": "0    launch_codes\n1    other\ndtype: object"})
    assert shown(series) == [series]


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("cuts", [(25,), (12, 30), (5, 14, 15, 16, 33, 50)], ids=str)
def test_a_line_that_is_split_over_streams_is_found(name: str, cuts: tuple[int, ...]) -> None:
    text = f"first\n  12 {CODE}\nlast\n"
    edges = [0, *cuts, len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    found = shown(*(make.stream(piece, name) for piece in pieces))
    assert "".join(output["text"] for output in found) == f"first\n{HIDDEN}\nlast\n"
    assert len(found) == len(pieces), "the outputs stay as many"
    assert found[0]["text"].startswith("first"[: cuts[0]])


def test_streams_between_which_others_wrote_are_one_text() -> None:
    found = shown(
        make.stream("  12 conn = conn", "stderr"), make.stream("shown\n"), make.stream('ect(password="hunter2")\nlast\n', "stderr")
    )
    assert found == [make.stream(HIDDEN, "stderr"), make.stream("shown\n"), make.stream("\nlast\n", "stderr")]


def test_streams_that_quote_nothing_stay_as_they_are() -> None:
    outputs = [make.stream("a b"), make.stream("c\nd"), make.stream(""), make.stream("e", "stderr")]
    assert shown(*outputs) == outputs


def test_a_call_that_is_split_over_streams_is_found() -> None:
    found = shown(make.stream("Warning message in connect(hun", "stderr"), make.stream("ter2):\nno route\n", "stderr"))
    assert [output["text"] for output in found] == [f"Warning message in {HIDDEN}", ":\nno route\n"]


def rich_html(*lines: str) -> str:
    """Return lines as rich writes them for Jupyter."""
    styled = "\n".join(f'<span style="color: #800000">\u2502</span> <span style="color: #800000">\u2771 </span>{line}' for line in lines)
    return f'<pre style="white-space:pre;overflow-x:auto">{styled}\n</pre>\n'


def test_a_traceback_of_rich_is_found_in_html() -> None:
    code = '12 conn = connect(<span style="color: #808000">password</span>=<b>&quot;hunter2&quot;</b>)   <span>\u2502</span>'
    [output] = shown(make.display({"text/html": rich_html("3 no code", code), "text/plain": f"\u2502 \u2771 12 {CODE} \u2502\n"}))
    assert "hunter2" not in json.dumps(output)
    assert "connect" not in json.dumps(output)
    html = output["data"]["text/html"]
    assert html.count("<span") == html.count("</span>")
    assert html.count("<b>") == html.count("</b>") == 1
    assert "3 no code" in html
    assert html.count(HIDDEN) == 1
    assert html.startswith(rich_html("3 no code").removesuffix("\n</pre>\n"))


def test_scripts_and_tables_are_no_lines_of_html() -> None:
    html = f"<script>x\n12 {CODE}\n</script><pre>x</pre><table><tr><td>12</td><td>{CODE}</td></tr></table>"
    assert shown(make.html_output(html)) == [make.html_output(html)]


@pytest.mark.parametrize(
    "mime_type",
    ["Application/JavaScript", "application/x-javascript", "application/ecmascript", "text/javascript; charset=utf-8", "TEXT/JScript",
     "text/javascript1.5", "application/typescript", "Application/vnd.code.notebook.error"],
)  # fmt: skip
@pytest.mark.parametrize("format_", [RenderFormat.HTML, RenderFormat.SLIDES, RenderFormat.MARKDOWN, RenderFormat.IPYNB])
def test_data_that_is_code_goes_however_its_type_is_spelt(mime_type: str, format_: RenderFormat) -> None:
    data = make.dump(make.notebook(make.code("x", make.display({mime_type: "hunter2()", "text/plain": "shown"}))))
    assert "hunter2" not in rendered(data, format_, show_code=False)[0]
    assert "shown" in rendered(data, format_, show_code=False)[0]


class Counted(frozenset[str]):
    """Lines of code that count how often somebody looks among them."""

    looks = 0

    @override
    def __contains__(self, line: object) -> bool:
        Counted.looks += 1
        return super().__contains__(line)


@pytest.mark.parametrize("factor", [1, 10])
def test_work_grows_with_the_output_and_not_with_the_code(factor: int) -> None:
    """10,000 lines of output, each of which ends as a line of code does; the code has 1,000 lines, or 10,000."""
    quotes = Quotes(f"value_{number} = compute({number}, 'end')" for number in range(1_000 * factor))
    quotes.lines = Counted(quotes.lines)
    Counted.looks = 0
    text = "".join(f"> {number}: | value_x{number} = compute({number}, 'end')\n" for number in range(10_000))
    assert list(quotes.in_lines(text)) == []
    assert Counted.looks <= 50_000
    assert len(list(quotes.in_lines("12 value_7 = compute(7, 'end')\n" * 10))) == 10


def test_messages_that_cost_too_much_are_hidden_unread() -> None:
    quotes = Quotes("a" * length for length in range(9, 2_000))
    text = "a" * 8 + "b"
    assert list(quotes.anywhere(text)) == []
    assert list(quotes.anywhere(text * 20_000))[-1] == Edit(0, 180_000)


@pytest.mark.parametrize(
    ("texts", "edits", "expected"),
    [
        (["abc", "def"], [], ["abc", "def"]),
        (["abc", "def"], [Edit(1, 2, "-")], ["a-c", "def"]),
        (["abc", "def"], [Edit(2, 4, "-")], ["ab-", "ef"]),
        (["abc", "", "d", "ef"], [Edit(1, 5, "-")], ["a-", "", "", "f"]),
        (["abc", "def"], [Edit(3, 6, "-")], ["abc", "-"]),
        (["abc", "def"], [Edit(0, 3, "-"), Edit(3, 4, "+")], ["-", "+ef"]),
        (["abcdef"], [Edit(3, 5), Edit(1, 4)], [f"a{HIDDEN}f"]),
        (["ab", "cd", ""], [Edit(0, 4, "-")], ["-", "", ""]),
    ],
)
def test_edits_stand_where_they_begin(texts: list[str], edits: Iterable[Edit], expected: list[str]) -> None:
    assert edited(texts, edits) == expected


def test_calls_end_where_their_message_begins() -> None:
    text = "Error in f(x) : no\nError in g(\n y): no\nWarning message in Error in h(): no Error in x"
    assert edited([text], calls_in(text)) == [f"Error in {HIDDEN} : no\nError in {HIDDEN}: no\nWarning message in {HIDDEN}: no Error in x"]
    assert list(calls_in("Error in " + "x" * 3000 + ": no")) == []


@pytest.mark.parametrize(
    "text", ['it\'s "both"', "it's one", 'a "pair"', "tab\there and a \\ slash", "naïve café, ünïcode", "plain enough"]
)
def test_a_line_is_found_however_a_program_writes_strings(text: str) -> None:
    line = f"curl {text} --silent"
    script = f"first line\n{line}\nlast line\n"
    for said in (repr(script), repr(script.encode()), ascii(script), json.dumps(script), repr(line), str([script])):
        message = f"Command {said} returned 7"
        [kept] = edited([message], Quotes([script]).anywhere(message))
        assert text not in kept
        assert "--silent" not in kept
        assert kept.startswith("Command ")
        assert kept.endswith(" returned 7")
