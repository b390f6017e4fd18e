"""Plots as PNG: lines over weeks, and a heat map."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from server.demo.notebooks.building import Shown
from server.demo.notebooks.glyphs import Point
from server.demo.notebooks.png import Canvas, Color

INK: Final[Color] = (51, 56, 66)
_PALE: Final[Color] = (234, 240, 247)
SOFT: Final[Color] = (120, 126, 138)
RULE: Final[Color] = (222, 225, 231)
PALETTE: Final[tuple[Color, ...]] = ((42, 98, 168), (222, 122, 44), (52, 146, 108), (170, 74, 130))
_HEAT: Final[tuple[Color, ...]] = ((247, 250, 253), (190, 215, 234), (92, 152, 200), (28, 92, 158), (10, 44, 96))
_DARK: Final = 0.45  # parts above it are lettered in white
_MOST_STEPS: Final = 6
_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 580, 62, 276


@dataclass(frozen=True, slots=True)
class Line:
    """A named row of values."""

    name: str
    values: Sequence[float]


def shown_png(canvas: Canvas) -> Shown:
    """Return a canvas as the output of a plotting cell."""
    width, height = canvas.width // canvas.scale, canvas.height // canvas.scale
    data = {"image/png": base64.b64encode(canvas.png()).decode() + "\n", "text/plain": f"<Figure size {width}x{height} with 1 Axes>"}
    return Shown(data, width=width)


def line_chart(title: str, unit: str, ticks: Sequence[str], lines: Sequence[Line], *, axis: str) -> Canvas:
    """Draw lines over the same ticks, named at their right ends, above a scale that starts at zero."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    top_value, step = _scale(max(max(line.values) for line in lines))
    last = len(ticks) - 1

    def place(index: int, value: float) -> Point:
        return _LEFT + (_RIGHT - _LEFT) * index / last, _BOTTOM - (_BOTTOM - _TOP) * value / top_value

    if len(lines) == 1:
        canvas.area([place(index, value) for index, value in enumerate(lines[0].values)], _BOTTOM, _PALE)
    canvas.text(_LEFT - 34, 22, title, INK, size=13.5, bold=True)
    canvas.text(_LEFT - 34, 38, unit, SOFT, size=10.5)
    for level in range(int(top_value / step) + 1):
        y = place(0, level * step)[1]
        canvas.rectangle(_LEFT, y, _RIGHT - _LEFT, 0.5 if level else 1, RULE if level else INK)
        canvas.text(_LEFT - 8, y + 4, f"{level * step:g}", SOFT, anchor=1)
    for index, tick in enumerate(ticks):
        x = place(index, 0)[0]
        canvas.rectangle(x - 0.25, _BOTTOM, 0.5, 4, INK)
        canvas.text(x, _BOTTOM + 18, tick, SOFT, anchor=0.5)
    canvas.text((_LEFT + _RIGHT) / 2, _BOTTOM + 36, axis, SOFT, anchor=0.5)
    labels = _spread([place(last, line.values[-1])[1] for line in lines], gap=14)
    for line, color, label_y in reversed(list(zip(lines, PALETTE, labels, strict=False))):
        points = [place(index, value) for index, value in enumerate(line.values)]
        canvas.line(points, color, 2)
        for x, y in points:
            canvas.disc(x, y, 2.6, (255, 255, 255))
            canvas.disc(x, y, 2, color)
        canvas.text(_RIGHT + 8, label_y + 4, line.name, color, bold=True)
    return canvas


def heat_map(title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]]) -> Canvas:
    """Draw a table of parts from 0 to 1 as coloured, lettered boxes with a scale beside them."""
    left, top, box_width, box_height = 96, 58, 78, 40
    canvas = Canvas(left + box_width * len(columns) + 90, top + box_height * len(rows) + 20)
    canvas.text(16, 24, title, INK, size=13.5, bold=True)
    for place, column in enumerate(columns):
        canvas.text(left + box_width * (place + 0.5), top - 9, column, SOFT, anchor=0.5)
    for line, (row, parts) in enumerate(zip(rows, values, strict=True)):
        y = top + box_height * line
        canvas.text(left - 10, y + box_height / 2 + 4, row, SOFT, anchor=1)
        for place, part in enumerate(parts):
            canvas.rectangle(left + box_width * place, y, box_width - 1, box_height - 1, heat(part))
            color = (255, 255, 255) if part > _DARK else INK
            canvas.text(left + box_width * (place + 0.5), y + box_height / 2 + 4, f"{part:.0%}", color, anchor=0.5, bold=True)
    _heat_scale(canvas, left + box_width * len(columns) + 20, top, box_height * len(rows) - 1)
    return canvas


def heat(part: float) -> Color:
    """Return the colour of a part from 0 to 1, from pale to dark blue."""
    place = min(part, 0.999) * (len(_HEAT) - 1)
    low, high = _HEAT[int(place)], _HEAT[int(place) + 1]
    red, green, blue = (round(start + (end - start) * (place % 1)) for start, end in zip(low, high, strict=True))
    return red, green, blue


def _heat_scale(canvas: Canvas, x: float, top: float, height: float) -> None:
    dots = round(height * canvas.scale)
    for dot in range(dots):
        canvas.rectangle(x, top + dot / canvas.scale, 12, 1 / canvas.scale, heat(1 - dot / dots))
    for part in (0, 0.5, 1):
        canvas.text(x + 18, top + height * (1 - part) + 4, f"{part:.0%}", SOFT, size=10)


def _scale(highest: float) -> tuple[float, float]:
    """Return a round number above the highest value, and the step that divides it into four to seven parts."""
    step = next(step for power in range(-3, 9) for digit in (1, 2, 2.5, 5) if highest / (step := digit * 10.0**power) <= _MOST_STEPS)
    return step * -(-highest // step), step


def _spread(places: Sequence[float], *, gap: float) -> list[float]:
    """Move places apart until they are a gap from each other, each keeping its rank."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + gap)
    return moved
