"""Holds back what is finished and safe while the Markdown around it is sanitised, and puts it in its place afterwards.

Maths and coloured code in Markdown are written by us; the sanitiser would drop the one and read the other twice. In their place
stands a word that nobody could have foreseen while writing the notebook, because it is made from the hash of the cell that it is in.
"""

import re
from html import escape

_WORD = re.compile(r"nbi([0-9a-f]{40})x(\d+)y")
_TAG_OR_WORD = re.compile(rf"""<(?:[^">]++|"[^"]*+")*+>|{_WORD.pattern}""")


class Slots:
    """What is held back of one cell."""

    def __init__(self, nonce: str) -> None:
        """Hold nothing yet; `nonce` is 40 hex digits that the cell cannot hold."""
        self._nonce = nonce
        self._held: list[tuple[str, str]] = []

    def hold(self, html: str, plain: str = "") -> str:
        """Hold finished HTML back and return the word to stand for it; `plain` is its text, for places where no HTML may be."""
        self._held.append((html, plain))
        return f"nbi{self._nonce}x{len(self._held) - 1}y"

    def fill(self, html: str) -> str:
        """Return sanitised HTML with what was held back in its place; within a tag, with its text."""
        return _TAG_OR_WORD.sub(self._filled, html) if self._nonce in html else html

    def in_words(self, text: str) -> str:
        """Return a text with the plain form of what was held back."""
        return _WORD.sub(self._plain, text) if self._nonce in text else text

    def _filled(self, found: re.Match[str]) -> str:
        if found[1] is None:
            tag = found[0]
            return _WORD.sub(lambda word: escape(self._plain(word).replace(" ", "-")), tag) if self._nonce in tag else tag
        return self._held[int(found[2])][0] if found[1] == self._nonce else found[0]

    def _plain(self, word: re.Match[str]) -> str:
        return self._held[int(word[2])][1] if word[1] == self._nonce else word[0]
