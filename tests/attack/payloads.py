"""From seeds to payloads: each seed as it is, and changed in ways that have fooled filters before; always the same ones.

A payload that runs says so on the console, which is heard from any frame of any origin; one that loads something asks the beacon,
and its number is in the address. In seeds stand

| word | becomes |
|---|---|
| `%JS%` | a call that says on the console which payload runs; neither quotes nor blanks, so it fits anywhere |
| `%SAW%` | the same, which says also that something of the victim was read |
| `%URL%` | an address of the beacon with the payload's number |
| `%HOST%` | the beacon's host and port |
| `%ID%` | the payload's number |
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.attack.carriers import CARRIERS, MARKUP, Cell
from tests.attack.seeds import SEEDS, Seed
from tests.fixtures.make import Node

MARK: Final = 730128471
"""Begins what a payload says on the console."""

VARIANTS: Final = 3
"""How many payloads a seed of markup becomes."""

_TAG = re.compile(r"(?<=<)(/?[a-zA-Z][\w:-]*)")
_ATTRIBUTE = re.compile(r"(?<=[\s/])([a-z][\w:-]*)(?==)")
_VALUE = re.compile(r"""=("[^"]*"|'[^']*')""")
_SCHEME = re.compile(r"(java|vb)script:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Payload:
    """Something hostile, where it lies: in a cell, or in what belongs to the whole notebook."""

    number: int
    seed: Seed
    text: str
    """What a page without any care would write: the markup itself, or all texts of the structure."""
    cell: Cell | None
    notebook: Node | None

    @property
    def name(self) -> str:
        return f"{self.number} {self.seed.family}: {self.seed.name}"


def _mixed_case(text: str) -> str:
    def mixed(found: re.Match[str]) -> str:
        return "".join(letter.upper() if at % 2 == 0 else letter.lower() for at, letter in enumerate(found[1]))

    return _ATTRIBUTE.sub(mixed, _TAG.sub(mixed, text))


def _entities(text: str) -> str:
    """Write values of attributes by numbers, some without their semicolon."""

    def encoded(found: re.Match[str]) -> str:
        quote, value = found[1][0], found[1][1:-1]
        parts = re.split(r"(%[A-Z]+%|&[#\w]+;?)", value)
        spelt = "".join(part if at % 2 else "".join(f"&#x{ord(letter):x};" for letter in part) for at, part in enumerate(parts))
        return f"={quote}{spelt}{quote}"

    return _VALUE.sub(encoded, text)


def _blanks(text: str) -> str:
    """Separate attributes by what HTML also takes for a blank."""
    return re.sub(r"(<[a-zA-Z][\w:-]*) ", "\\1\x0c/\t\n", text)


def _broken_scheme(text: str) -> str:
    return _SCHEME.sub(lambda found: f"{found[0][:3]}&Tab;{found[0][3:5]}&NewLine;{found[0][5:-1]}&#58;", text)


def _controls(text: str) -> str:
    return _SCHEME.sub(lambda found: f"&#1;\x1f {found[0]}", _TAG.sub("\\1", text)).replace("<", "\x00<", 1)


_CHANGES: Final[tuple[Callable[[str], str], ...]] = (
    _mixed_case,
    _entities,
    _blanks,
    _broken_scheme,
    _controls,
    lambda text: f"</div></div></div></main>{text}",
    lambda text: f"<table><tr><td>{text}</table>",
    lambda text: f"<table><caption><a title='{text}",
    lambda text: f"<svg><desc>{text}",
    lambda text: f"<math><mtext><table><mglyph><style><!--</style>{text}",
    lambda text: f"<template>{text}</template>{text}",
    lambda text: f"<details open><summary>x</summary>{text}</details>",
    lambda text: f'<p title="x\n\n{text}\n\n">',
    lambda text: f"<!-->{text}<!-- --!>{text}-->",
    lambda text: f"<noscript><p title='</noscript>{text}'></noscript>",
    lambda text: f"<select><option>{text}</select>",
    lambda text: f"<ul><li><blockquote><pre>\n{text}",
    lambda text: text.replace("<", "<<", 1),
    lambda text: text.replace("<", "＜", 1) + text.replace(">", " >", 1),  # noqa: RUF001  a wide bracket, as some normalise it
    lambda text: text[: len(text) * 2 // 3] + "\x1b[31m" + text[len(text) * 2 // 3 :] + text,
    lambda text: text.rstrip(">"),
    lambda text: f"<![CDATA[{text}]]>{text}",
    lambda text: f"<?xml {text}?>{text}",
    lambda text: f"<form id=x></form><button form=x>{text}",
    lambda text: f"<font color='red'{text}",
)
"""Each as a page might be fooled: spelling, place, nesting, what is cut off."""


def payloads(beacon: str) -> tuple[Payload, ...]:
    """Return all payloads, each different from all others but for its number; `beacon` is the origin that they ask."""
    return tuple(_numbered(number, seed, made, beacon) for number, (seed, made) in enumerate(_made(), start=1))


def _made() -> Iterator[tuple[Seed, Cell | Node | tuple[str, Cell]]]:
    turn = 0
    known: set[str] = set()
    for seed in SEEDS:
        if not isinstance(seed.content, str):
            yield seed, seed.content
            continue
        yield seed, (seed.content, CARRIERS[seed.carrier](seed.content))
        if seed.carrier not in MARKUP:
            continue
        made = 1
        while made < VARIANTS:
            text = _CHANGES[turn % len(_CHANGES)](seed.content)
            carrier = MARKUP[turn % len(MARKUP)]
            turn += 1
            if f"{carrier} {text}" not in known and text != seed.content:
                known.add(f"{carrier} {text}")
                made += 1
                yield seed, (text, CARRIERS[carrier](text))


def _numbered(number: int, seed: Seed, made: Cell | Node | tuple[str, Cell], beacon: str) -> Payload:
    words = words_for(number, beacon)
    match made:
        case (str() as text, Cell() as cell):
            return Payload(number, seed, _filled(text, words), Cell(_filled(cell.node, words)), None)
        case Cell() as cell:
            filled = _filled(cell.node, words)
            return Payload(number, seed, " ".join(_texts(filled)), Cell(filled), None)
        case dict() as notebook:
            filled = _filled(notebook, words)
            return Payload(number, seed, " ".join(_texts(filled)), None, filled)
        case _:
            raise TypeError(made)


def words_for(number: int, beacon: str) -> Mapping[str, str]:
    """Return what the words in seeds become."""
    return {
        "%JS%": f"console.log({MARK},{number})",
        "%SAW%": f"console.log({MARK},{number},1)",
        "%URL%": f"{beacon}/p{number}x",
        "%HOST%": beacon.removeprefix("http://"),
        "%ID%": str(number),
    }


def _filled(value: Any, words: Mapping[str, str]) -> Any:  # noqa: ANN401  any JSON
    text = json.dumps(value)
    for word, instead in words.items():
        text = text.replace(word, instead)
    return json.loads(text)


def _texts(value: object) -> Iterator[str]:
    """Yield all texts of a structure, those by which it names things too."""
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield str(key)
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            pass
