"""Holds back what is finished and safe while the HTML around it is sanitised, and puts it in its place afterwards.

Coloured code, pictures and maths are written by us, so to sanitise them is to read them twice: it was a third of a render, and
the sanitiser drops maths. In their place stands a word that nobody could have foreseen while writing the notebook, because it
is made from the hash of the cell that it stands in.
"""

import re
from html import escape


class Slots:
    """What is held back of one cell."""

    def __init__(self, nonce: str) -> None:
        """Hold nothing yet; `nonce` is letters and digits that the cell cannot hold."""
        self._start = f"nbi{nonce}x"
        self._held: list[tuple[str, str]] = []
        self._word = re.compile(rf"{self._start}(\d+)y")
        self._tag_or_word = re.compile(rf"""<(?:[^">]++|"[^"]*+")*+>|{self._word.pattern}""")

    def hold(self, html: str, plain: str = "") -> str:
        """Hold finished HTML back and return the word to stand for it; `plain` is its text, for places where no HTML may be."""
        self._held.append((html, plain))
        return f"{self._start}{len(self._held) - 1}y"

    def fill(self, html: str) -> str:
        """Return sanitised HTML with what was held back in its place; within a tag, with its text."""
        if self._start not in html:
            return html
        return self._tag_or_word.sub(self._filled, html)

    def in_words(self, text: str) -> str:
        """Return a text with the plain form of what was held back."""
        return self._word.sub(lambda word: self._held[int(word[1])][1], text) if self._start in text else text

    def _filled(self, found: re.Match[str]) -> str:
        if found[1] is not None:
            return self._held[int(found[1])][0]
        tag = found[0]
        if self._start not in tag:
            return tag
        return self._word.sub(lambda word: escape(self._held[int(word[1])][1].replace(" ", "-")), tag)
