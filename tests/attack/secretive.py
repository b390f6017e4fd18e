"""Notebooks with a secret in each place where something may be hidden, and a search that finds secrets in any spelling."""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Iterator
from html import unescape
from secrets import token_hex
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from tests.fixtures import make
from tests.fixtures.make import Node

_RED, _GREEN, _OFF = "\x1b[0;31m", "\x1b[0;32m", "\x1b[0m"
_TAGS: Final = re.compile(r"<[^<>]*>")
_INVISIBLE: Final = re.compile("\x1b\\[[0-9;]*m|[\u200b-\u200f\u00ad\ufeff]")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_STATE: Final = "application/vnd.jupyter.widget-state+json"


class Secrets:
    """Hands out a different secret for each place, and knows which place each belongs to."""

    def __init__(self) -> None:
        """Know none yet."""
        self.places: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        """Return the secret of a place."""
        assert place not in self.places
        self.places[place] = f"q{token_hex(9)}"
        return self.places[place]

    def found_in(self, text: str) -> list[str]:
        """Return the places whose secrets a text holds, however they are spelt."""
        spellings = list(_spellings(text))
        return [place for place, secret in self.places.items() if any(secret in spelling for spelling in spellings)]


def _spellings(text: str) -> Iterator[str]:
    """Yield a text, and what it says without tags, colours, entities, escapes, and inside whatever it holds in base64 or hexadecimal."""
    plain = [text, unescape(text), unquote(text), unquote_plus(unescape(text)), text.replace("\\u", "").replace("\\n", "")]
    for form in list(dict.fromkeys(plain)):
        yield form
        yield _INVISIBLE.sub("", unescape(_TAGS.sub("", form)))
        yield form[::-1]
    for found in _BASE64.finditer(text):
        blob = found[0].replace("-", "+").replace("_", "/").rstrip("=")
        for offset in range(4):
            cut = blob[offset:]
            try:
                decoded = b64decode(cut + "=" * (-len(cut) % 4)).decode("latin-1")
            except Error:
                continue
            yield decoded
            yield unescape(_TAGS.sub("", decoded))
    for found in _HEX.finditer(text):
        for offset in range(2):
            digits = found[0][offset:]
            yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("latin-1")


SPELT: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "split by tags": lambda secret: f"<i>{secret[:5]}</i><b class='x'>{secret[5:]}</b>",
    "by entities": lambda secret: "".join(f"&#x{ord(letter):x};" for letter in secret),
    "by percent": lambda secret: "".join(f"%{ord(letter):02x}" for letter in secret),
    "in base64": lambda secret: b64encode(f"x {secret} x".encode()).decode(),
    "in hexadecimal": lambda secret: secret.encode().hex(),
    "split by colours": lambda secret: f"{secret[:4]}{_RED}{secret[4:]}",
    "backwards": lambda secret: secret[::-1],
    "inside a drawing of data": lambda secret: b64encode(f"<svg><text>{secret[:3]}<b>{secret[3:]}</b></text></svg>".encode()).decode(),
}
"""Spellings that the search must see through: it would prove nothing otherwise."""


def code_everywhere(new: Secrets) -> Node:
    """Return a notebook whose code, and all that tells of it, are secrets; `public-words` are none."""
    called = f"call({new('argument')}, '{new('string')}')"
    lines = [f"{new('name')} = 1  # {new('comment')}\n", f"    {called}\n", f"'''{new('doc string')}\n{new('doc string line 2')}'''\n"]
    source = "".join(lines)
    frame = f"Cell {_GREEN}In[1], line 2{_OFF}\n{_GREEN}      1{_OFF} {lines[0]}{_RED}----> 2{_OFF} {called}\n      3 x"
    split = f"{_RED}----> 2{_OFF} call{_OFF}({called[5:11]}{_GREEN}{called[11:]}{_OFF}"
    code = make.code(
        source,
        make.stream(f"/home/x.py:2: UserWarning: public-words\n  {called}\n", "stderr"),
        make.stream(f"Traceback:\n  File x, line 2, in <module>\n{frame}\n{split}\n{_RED}  {lines[0].strip()}{_OFF}\n", "stderr"),
        make.display(
            {
                "text/plain": "public-words",
                "application/javascript": new("javascript output"),
                "text/javascript": new("text javascript output"),
            },
            {"image/png": {"origin": new("metadata of a type"), "width": {"deep": new("width")}}, "source": new("metadata of an output")},
        ),
        make.display({"application/vnd.code.notebook.error": {"stack": new("editor's record")}, "text/plain": "public-words"}),
        make.error_output(
            "ValueError", f"public-words {called}", f"{_RED}Traceback{_OFF} {new('first frame')}", frame, split, new("last frame")
        ),
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "3"}, "metadata": {}, "transient": new("transient")},
        metadata={
            "papermill": {"parameters": {"x": new("parameters of a cell")}, "exception": new("exception of a cell")},
            "execution": {"iopub.execute_input": new("execution")},
            "jupyter": {"source": new("metadata of jupyter"), "source_hidden": False},
            "polyglot_notebook": {"kernelName": new("kernel of a cell")},
            "vscode": {"languageId": new("language of a cell")},
            "name": new("name of a cell"),
            "tags": ["public-words"],
        },
        attachments={new("name of an attachment"): None, "a.png": {"image/png": b64encode(new("attachment").encode()).decode()}},
        comment=new("field of a cell"),
    )
    others = [
        make.code("", source=[f"{new('source of lines')}\n", "x"], count=2),
        make.code(f"%%html\n<p>{new('source of a magic')}</p>"),
        make.code(f"%%javascript\n{new('source of javascript')}"),
        make.code(f"<b>{new('source with markup')}</b> & '\"' \\u{new('source with escapes')}"),
        make.code(
            f"a{new('source before an error')} = b", make.error_output("E", "v", f"----> 1 a{new.places['source before an error']} = b")
        ),
        make.code("", attachments={new("malformed attachment"): 3, "b": {new("type of an attachment"): None}}),
    ]
    notebook = make.notebook(
        make.markdown("public-words", {"solution": new("metadata of Markdown")}), code, *others, metadata=_metadata(new)
    )
    return notebook | {"comment": new("field of the notebook")}


def _metadata(new: Secrets) -> Node:
    """Return a notebook's metadata, a secret in each part that display does not need."""
    return {
        "papermill": {"parameters": {"key": new("parameters of the notebook")}, "input_path": new("path of the notebook")},
        "kernelspec": {
            "name": "python3",
            "display_name": "Python 3",
            "argv": [new("command of the kernel")],
            "env": {"K": new("environment")},
        },
        "language_info": {"name": "python", "version": new("version"), "codemirror_mode": {"name": new("mode")}},
        "widgets": {_STATE: {"version_major": 2, "version_minor": 0, "state": {"m": {"state": {"code": new("state of a widget")}}}}},
        "title": new("title"),
        "authors": [{"name": new("author")}],
        new("name of a field"): 1,
    }


HIDES_INPUT: Final[tuple[Node, ...]] = (
    *({"tags": [tag]} for tag in ("hide-input", "hide_input", "remove-input", "remove_input")),
    {"hide_input": True},
    {"jupyter": {"source_hidden": True}},
)
HIDES_OUTPUT: Final[tuple[Node, ...]] = (
    *({"tags": [tag]} for tag in ("hide-output", "hide_output", "remove-output", "remove_output")),
    {"collapsed": True},
    {"jupyter": {"outputs_hidden": True}},
)
HIDES_CELL: Final[tuple[Node, ...]] = tuple({"tags": [tag]} for tag in ("hide-cell", "hide_cell", "remove-cell", "remove_cell"))


def hidden_by_its_author(new: Secrets) -> Node:
    """Return a notebook that shows code, but for cells that hide something: what they hide are secrets."""
    cells: list[Node] = [make.markdown("public-words"), make.code("public_words(1)", make.stream("public-words\n"))]
    for metadata in HIDES_INPUT:
        line = f"call('{new(f'input hidden by {metadata}')}')"
        outputs = (
            make.stream(f"x.py:1: UserWarning\n  {line}\n", "stderr"),
            make.error_output("E", "public-words", f"{_RED}----> 1{_OFF} {line}", f"frame {new(f'frame hidden by {metadata}')}"),
            make.display({"application/javascript": new(f"javascript hidden by {metadata}"), "text/plain": "public-words"}),
        )
        attached = {"a.png": {"image/png": new(f"attachment hidden by {metadata}")}}
        cells.append(make.code(line, *outputs, metadata=metadata, attachments=attached))
        cells.append(make.code("public_words(2)", make.error_output("E", "v", f"----> 1 {line}", f"      2 {line}")))
        cells.append(make.markdown(new(f"Markdown hidden by {metadata}"), metadata))
        cells.append(make.raw(new(f"raw text hidden by {metadata}")) | {"metadata": metadata})
    for metadata in HIDES_OUTPUT:
        hidden: tuple[Node, ...] = (
            make.stream(new(f"output hidden by {metadata}")),
            make.html_output(f"<b>{new(f'html hidden by {metadata}')}</b>"),
            make.error_output(new(f"error hidden by {metadata}"), new(f"message hidden by {metadata}")),
            {"output_type": new(f"unknown output hidden by {metadata}"), "text": 3, "metadata": {}},
        )
        cells.append(make.code("public_words(3)", *hidden, metadata=metadata))
    for metadata in HIDES_CELL:
        line = f"call('{new(f'code of a cell hidden by {metadata}')}')"
        odd: Any = {"output_type": new(f"odd output of a cell hidden by {metadata}"), "metadata": {}}
        shown = make.stream(new(f"output of a cell hidden by {metadata}"))
        fields = {"count": new(f"count of a cell hidden by {metadata}"), "comment": new(f"field of a cell hidden by {metadata}")}
        own = metadata | {"name": new(f"name of a cell hidden by {metadata}")}
        cells.append(
            make.code(line, shown, odd, metadata=own, attachments={new(f"attachment of a cell hidden by {metadata}"): 3}, **fields)
        )
        cells.append(make.code("public_words(4)", make.error_output("E", "v", f"      1 {line}")))
        cells.append(make.markdown(f"![x](attachment:{new(f'file of Markdown hidden by {metadata}')})", metadata))
        cells.append(make.markdown(new(f"odd cell hidden by {metadata}"), metadata, cell_type=new(f"type hidden by {metadata}")))
    return make.notebook(*cells)


def dumped(notebook: Node) -> str:
    """Return a notebook as text."""
    return json.dumps(notebook)
