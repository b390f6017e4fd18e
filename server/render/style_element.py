"""Style sheets inside an output, as pandas' Styler writes them: the rules that colour what has an id of the output's own.

A rule is kept where each of its selectors begins with an id, which gets the prefix that ids get, so that it reaches nothing outside the
notebook; of its declarations those that a `style` attribute may have. The sheet is written anew, no byte of it is passed through.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.render.inline_style import safe_style

_START = re.compile(r"<style\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<style\b([^<>]*)>([^<]*)</style\b", re.IGNORECASE)
_PLACE = r"(?:even|odd|\d{1,5}|\d{0,5}n(?:\s?\+\s?\d{1,5})?)"
_STEP = rf"(?:(?: ?> ?| )[a-z][a-z0-9]{{0,9}}| ?\.[a-z]\w{{0,30}}|:hover|:(?:first|last)-child|:nth-child\({_PLACE}\))"
_SELECTOR = re.compile(rf"#([A-Za-z]\w{{0,60}})({_STEP}{{0,8}})")
"""Each step begins with another character than the one before can end with, so that there is one way to read a selector."""

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutputStyle:
    """A sheet that may stand in a page, empty where no rule was kept; `is_whole` says that no rule was left out whole."""

    css: str
    is_whole: bool


def output_style(html: str, prefix: str) -> OutputStyle:
    """Return what may be kept of the style sheets written into HTML; `scoped` ones, which pandas gives every frame, are ours already."""
    kept: list[str] = []
    found = _ELEMENT.findall(html)
    is_whole = len(found) == len(_START.findall(html))
    for attributes, sheet in found:
        if "scoped" in attributes.lower():
            continue
        for selectors, declarations in _rules(sheet[:_MOST_BYTES]):
            rule, style = _prefixed(selectors, prefix), safe_style(" ".join(declarations.split()))
            if rule and style:
                kept.append(f"{rule} {{ {style} }}")
            elif declarations.strip():
                is_whole = False
        is_whole = is_whole and len(sheet) <= _MOST_BYTES
    return OutputStyle("\n".join(kept), is_whole)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield selectors and declarations; found by splitting, for expressions that search for them take quadratic time on hostile text."""
    first, *rest = sheet.split("/*")
    text = first + "".join(part.partition("*/")[2] for part in rest)
    for rule in text.split("}"):
        selectors, brace, declarations = rule.rpartition("{")
        if brace:
            yield selectors, declarations


def _prefixed(selectors: str, prefix: str) -> str:
    """Return a list of selectors with prefixed ids; empty where one of them is not of the plain kind."""
    found = [_SELECTOR.fullmatch(" ".join(selector.split())) for selector in selectors.split(",")]
    return ", ".join(f"#{prefix}{selector[1]}{selector[2]}" for selector in found if selector) if all(found) else ""
