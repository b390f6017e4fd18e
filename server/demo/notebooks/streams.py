"""Stream statistics in Scala (Almond): values and types in colour, an HTML table."""

import math
import random
from collections.abc import Sequence
from typing import Final

from server.demo.notebooks.building import SCALA, Code, DemoNotebook, Markdown, Result, Shown, Stream, notebook_bytes

_TOPICS: Final = ("clicks", "orders", "returns", "searches")
_HOURS: Final = (24, 48, 72)
_RATES: Final = (5200.0, 310.0, 42.0, 2650.0)
_SWINGS: Final = (0.6, 0.45, 0.15, 0.7)  # between day and night


def make() -> DemoNotebook:
    """Return the notebook after three days."""
    return DemoNotebook("Stream statistics in Scala", tuple(_version(hours) for hours in _HOURS))


def _counts(hours: int) -> dict[str, list[int]]:
    """Return events by topic and hour; the first hours are the same in each run."""
    counts: dict[str, list[int]] = {}
    for seed, (topic, rate, swing) in enumerate(zip(_TOPICS, _RATES, _SWINGS, strict=True)):
        chance = random.Random(seed)  # noqa: S311  demo data, the same each time
        day = [1 + swing * math.sin((hour - 8) / 24 * 2 * math.pi) for hour in range(hours)]
        counts[topic] = [round(rate * factor * chance.uniform(0.85, 1.15)) for factor in day]
    return counts


def _version(hours: int) -> bytes:
    counts = _counts(hours)
    total = sum(map(sum, counts.values()))
    read = f"{_cyan('counts')}: {_green('Windows')} = {_yellow('Windows')}({_green(str(hours))}, {_green(str(len(counts)))})\n"
    read += f"{_cyan('windows')}: {_green('Map')}[{_green('String')}, {_green('Vector')}[{_green('Long')}]] = {_map(counts)}"
    means = {topic: sum(values) / len(values) for topic, values in counts.items()}
    top = max(means, key=means.__getitem__)
    busiest = f"{_cyan('busiest')}: ({_green('String')}, {_green('Double')}) = ({_text(top)}, {_green(f'{means[top]:.1f}')})"
    html = {"text/html": _table(counts), "text/plain": ""}
    return notebook_bytes(
        SCALA,
        [
            Markdown(_INTRODUCTION),
            Code(_DEFINE, (Result({"text/plain": f"defined {_green('class')} {_cyan('Statistics')}"}),)),
            Code(_READ, (Stream(f"{hours} hours, {total:,} events\n"), Result({"text/plain": read}))),
            Markdown("## By topic\n\nEvents an hour; *spread* is the standard deviation as a part of the mean."),
            Code(_SHOW, (Shown(html),)),
            Code(_BUSIEST, (Result({"text/plain": busiest}),)),
        ],
    )


def _statistics(values: Sequence[int]) -> tuple[float, float, int]:
    """Return mean, spread as a part of it, and maximum."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return mean, math.sqrt(variance) / mean, max(values)


def _table(counts: dict[str, list[int]]) -> str:
    rows = [(topic, *_statistics(values)) for topic, values in counts.items()]
    body = "".join(
        f"<tr><td>{topic}</td><td>{mean:,.1f}</td><td>{spread:.1%}</td><td>{highest:,}</td></tr>\n" for topic, mean, spread, highest in rows
    )
    head = "".join(f"<th>{name}</th>" for name in ("topic", "mean", "spread", "highest"))
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def _map(counts: dict[str, list[int]]) -> str:
    lines = [
        f"  {_text(topic)} -> {_yellow('Vector')}({', '.join(_green(f'{value}L') for value in values[-6:])})"
        for topic, values in counts.items()
    ]
    return _yellow("Map") + "(\n" + ",\n".join(lines) + "\n)"


def _green(text: str) -> str:
    return f"\x1b[32m{text}\x1b[39m"


def _cyan(text: str) -> str:
    return f"\x1b[36m{text}\x1b[39m"


def _yellow(text: str) -> str:
    return f"\x1b[33m{text}\x1b[39m"


def _text(text: str) -> str:
    return _green(f'"{text}"')


_INTRODUCTION: Final = """# Stream statistics

Events on four topics, counted in windows of one hour. For each topic the mean rate

$$ \\lambda = \\frac{1}{n} \\sum_{i=1}^{n} c_i $$

and how much the counts $c_i$ vary around it."""
_DEFINE: Final = """final case class Statistics(mean: Double, spread: Double, highest: Long)

object Statistics {
  def of(counts: Seq[Long]): Statistics = {
    val mean = counts.sum.toDouble / counts.size
    val variance = counts.map(c => math.pow(c - mean, 2)).sum / counts.size
    Statistics(mean, math.sqrt(variance) / mean, counts.max)
  }
}"""
_READ: Final = """val counts = Windows.read("events/", hours = 1)
println(f"${counts.hours} hours, ${counts.total}%,d events")
val windows: Map[String, Vector[Long]] = counts.last(6)"""
_SHOW: Final = """def row(topic: String, s: Statistics) =
  f"<tr><td>$topic</td><td>${s.mean}%,.1f</td><td>${s.spread * 100}%.1f%%</td><td>${s.highest}%,d</td></tr>"

Html(table(counts.topics.map(topic => row(topic, Statistics.of(counts(topic))))))"""
_BUSIEST: Final = """val busiest = counts.topics.map(topic => topic -> Statistics.of(counts(topic)).mean).maxBy(_._2)"""
