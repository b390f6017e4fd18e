"""A small anti-aliased canvas that ends as the bytes of a PNG: zlib and struct, nothing else."""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from server.demo.notebooks.glyphs import Point, glyph, text_width

Color = tuple[int, int, int]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CAP_HEIGHT: Final = 0.072  # of a letter's unit, as a part of the font's size
_PEN_WIDTH: Final = 0.098  # as a part of the font's size
_BOLDER: Final = 0.45  # as a part of the pen's width


class Canvas:
    """A white sheet, measured in CSS pixels from the upper left, with two dots to a pixel for sharp screens."""

    scale = 2

    def __init__(self, width: int, height: int) -> None:
        """Take the size in CSS pixels."""
        self.width, self.height = width * self.scale, height * self.scale
        self._rows = [bytearray(b"\xff" * self.width * 3) for _ in range(self.height)]

    def rectangle(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        """Fill a rectangle, its edges moved to the nearest dots."""
        left, right = (self._clamp(edge, self.width) for edge in (x, x + width))
        top, bottom = (self._clamp(edge, self.height) for edge in (y, y + height))
        span = bytes(color) * (right - left)
        for row in self._rows[top:bottom]:
            row[left * 3 : right * 3] = span

    def area(self, points: Sequence[Point], bottom: float, color: Color) -> None:
        """Fill what lies between a line, from left to right, and a level below it; meant for a white background."""
        scaled = self._scaled(points)
        floor, dot = round(bottom * self.scale), bytes(color)
        for (left, left_y), (right, right_y) in pairwise(scaled):
            for column in range(math.ceil(left), min(math.ceil(right), self.width)):
                y = left_y + (right_y - left_y) * (column - left) / (right - left)
                self._blend(column, int(y), color, 1 - y % 1)
                for row in self._rows[int(y) + 1 : floor]:
                    row[column * 3 : column * 3 + 3] = dot

    def line(self, points: Sequence[Point], color: Color, width: float, opacity: float = 1) -> None:
        """Draw a pen stroke with round ends and joints."""
        self._ink(_stroke_coverage(self._scaled(points), width * self.scale / 2), color, opacity)

    def disc(self, x: float, y: float, radius: float, color: Color, opacity: float = 1) -> None:
        """Fill a circle."""
        self.line([(x, y), (x, y)], color, 2 * radius, opacity)

    def text(self, x: float, y: float, text: str, color: Color, *, size: float = 11, anchor: float = 0, bold: bool = False) -> None:
        """Write on the baseline `y`; `anchor` is the part of the text that lies left of `x`, from 0 to 1."""
        unit, pen = size * _CAP_HEIGHT, size * _PEN_WIDTH
        extra = pen * _BOLDER if bold else 0.0  # what a letter needs more room for
        x -= (text_width(text) * unit + extra * len(text)) * anchor
        for letter in text:
            advance, strokes = glyph(letter)
            for stroke in strokes:
                self.line([(x + px * unit, y - py * unit) for px, py in stroke], color, pen + extra)
            x += advance * unit + extra

    def png(self) -> bytes:
        """Return the picture as a PNG of 8 bits a channel, without transparency."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows))
        return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def _clamp(self, edge: float, limit: int) -> int:
        return max(0, min(limit, math.floor(edge * self.scale + 0.5)))

    def _ink(self, coverage: dict[tuple[int, int], float], color: Color, opacity: float) -> None:
        for (column, row), part in coverage.items():
            self._blend(column, row, color, part * opacity)

    def _blend(self, column: int, row: int, color: Color, part: float) -> None:
        if 0 <= column < self.width and 0 <= row < self.height:
            pixels, start = self._rows[row], column * 3
            for channel, value in enumerate(color, start=start):
                pixels[channel] += round((value - pixels[channel]) * part)


def _stroke_coverage(points: Sequence[Point], radius: float) -> dict[tuple[int, int], float]:
    """Return the part of each dot that a pen of that radius covers; where segments meet, the larger one counts."""
    coverage: dict[tuple[int, int], float] = {}
    reach = radius + 0.5
    for (x, y), end in pairwise(points):
        along_x, along_y = end[0] - x, end[1] - y
        squared = along_x * along_x + along_y * along_y or 1.0
        for row, left, right in _spans_near((x, y), end, reach):
            down = row + 0.5 - y
            for column in range(left, right):
                # the nearest point of the segment lies at this part of it; calls would double the time of all plots
                across = column + 0.5 - x
                part = (across * along_x + down * along_y) / squared
                part = 0.0 if part < 0 else min(part, 1.0)
                covered = reach - math.hypot(across - part * along_x, down - part * along_y)
                if covered > coverage.get((column, row), 0):
                    coverage[column, row] = min(covered, 1)
    return coverage


def _spans_near(start: Point, end: Point, reach: float) -> Iterator[tuple[int, int, int]]:
    """Yield a row, its first column and the one after its last for all dots that a pen may touch, and few others."""
    (top_x, top), (bottom_x, bottom) = sorted((start, end), key=lambda point: point[1])
    height = bottom - top
    for row in range(math.floor(top - reach), math.ceil(bottom + reach)):
        levels = (row - reach, row + 1 + reach)
        parts = [max(0.0, min(1.0, (level - top) / height)) for level in levels] if height else [0.0, 1.0]
        left, right = sorted(top_x + (bottom_x - top_x) * part for part in parts)
        yield row, math.floor(left - reach), math.ceil(right + reach)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
