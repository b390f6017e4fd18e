"""Plots as SVG: bars, and points with a fitted line."""

from collections.abc import Sequence
from html import escape
from typing import Final

from server.demo.notebooks.glyphs import Point

_FONT: Final = 'font-family="Helvetica, Arial, sans-serif"'
_BLUE: Final = "#2a62a8"


def bar_chart(title: str, labels: Sequence[str], values: Sequence[float], *, unit: str = "", form: str = ",.0f") -> str:
    """Return horizontal bars, each with its value behind it."""
    left, bar, gap, width, top = 110, 22, 12, 600, 48
    height = top + len(labels) * (bar + gap) + 8
    room = width - left - 90
    highest = max(values)
    parts = [_open(width, height), f'<text x="8" y="26" font-size="15" font-weight="bold" fill="#333842" {_FONT}>{escape(title)}</text>']
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + place * (bar + gap)
        length = max(room * value / highest, 1)
        middle = y + bar / 2 + 4.5
        parts += [
            f'<text x="{left - 10}" y="{middle:g}" font-size="13" text-anchor="end" fill="#50565f" {_FONT}>{escape(label)}</text>',
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar}" rx="3" fill="{_BLUE}" fill-opacity="{1 - 0.14 * place:.2f}"/>',
            f'<text x="{left + length + 8:.1f}" y="{middle:g}" font-size="13" fill="#333842" {_FONT}>{value:{form}}{escape(unit)}</text>',
        ]
    parts.append(f'<line x1="{left}" y1="{top - 6}" x2="{left}" y2="{height - 10}" stroke="#8a909c"/>')
    return "\n".join([*parts, "</svg>"])


class Panel:
    """A grey field with white rules, as ggplot2 draws them, and the scales of its two axes."""

    left, top, width, height = 62.0, 20.0, 516.0, 300.0

    def __init__(self, ticks_x: Sequence[float], ticks_y: Sequence[float]) -> None:
        """Take the ticks of each axis; the field ends half a tick beyond them."""
        self.ticks_x, self.ticks_y = ticks_x, ticks_y

    def place(self, point: Point) -> Point:
        """Return where a point of the data lies."""
        part_x, part_y = _part(self.ticks_x, point[0]), _part(self.ticks_y, point[1])
        return self.left + self.width * part_x, self.top + self.height * (1 - part_y)

    def lines(self) -> list[str]:
        """Return the field, its rules and its numbers."""
        bottom, right = self.top + self.height, self.left + self.width
        parts = [f'<rect x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}" fill="#ebebeb"/>']
        for tick in self.ticks_x:
            x = self.place((tick, 0))[0]
            parts += [
                f'<line x1="{x:.1f}" y1="{self.top:g}" x2="{x:.1f}" y2="{bottom:g}" stroke="#fff" stroke-width="1.2"/>',
                f'<text x="{x:.1f}" y="{bottom + 16:g}" font-size="11" text-anchor="middle" fill="#4d4d4d" {_FONT}>{tick:g}</text>',
            ]
        for tick in self.ticks_y:
            y = self.place((0, tick))[1]
            parts += [
                f'<line x1="{self.left:g}" y1="{y:.1f}" x2="{right:g}" y2="{y:.1f}" stroke="#fff" stroke-width="1.2"/>',
                f'<text x="{self.left - 6:g}" y="{y + 4:.1f}" font-size="11" text-anchor="end" fill="#4d4d4d" {_FONT}>{tick:g}</text>',
            ]
        return parts


def scatter(panel: Panel, points: Sequence[Point], *, band: Sequence[tuple[float, float, float]], names: tuple[str, str]) -> str:
    """Return points with a fitted line; `band` holds x, fitted y and half the width of its confidence band."""
    upper = [panel.place((x, y + half)) for x, y, half in band]
    lower = [panel.place((x, y - half)) for x, y, half in reversed(band)]
    fitted = [panel.place((x, y)) for x, y, _ in band]
    middle_x, middle_y = panel.left + panel.width / 2, panel.top + panel.height / 2
    parts = [_open(600, 370), *panel.lines()]
    for x, y in map(panel.place, points):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.9" fill="#1f2933" fill-opacity="0.62"/>')
    parts += [
        f'<polygon points="{_path([*upper, *lower])}" fill="#7a7a7a" fill-opacity="0.32"/>',
        f'<polyline points="{_path(fitted)}" fill="none" stroke="#3366ff" stroke-width="2.2"/>',
        f'<text x="{middle_x:g}" y="360" font-size="13" text-anchor="middle" fill="#222" {_FONT}>{escape(names[0])}</text>',
        f'<g transform="rotate(-90 18 {middle_y:g})">',
        f'<text x="18" y="{middle_y:g}" font-size="13" text-anchor="middle" fill="#222" {_FONT}>{escape(names[1])}</text></g>',
    ]
    return "\n".join([*parts, "</svg>"])


def _open(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    )


def _part(ticks: Sequence[float], value: float) -> float:
    margin = (ticks[1] - ticks[0]) / 2
    return (value - ticks[0] + margin) / (ticks[-1] - ticks[0] + 2 * margin)


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
