"""Queue simulation (Julia): a DataFrame as Julia shows it, and bars; for kernels beyond the usual three."""

import random
from html import escape
from typing import Final

from server.demo.notebooks.building import JULIA, Code, DemoNotebook, Markdown, Result, Shown, Stream, notebook_bytes
from server.demo.notebooks.svg import bar_chart

_CUSTOMERS: Final = (2_000, 8_000)
_DESKS: Final = (4, 5, 6, 7)
_ARRIVALS_A_MINUTE: Final = 1.9
_SERVICE_MINUTES: Final = 2.0


def make() -> DemoNotebook:
    """Return the notebook after a short and a longer simulation."""
    return DemoNotebook("Queue simulation in Julia", tuple(_version(customers) for customers in _CUSTOMERS))


def _waits(customers: int, desks: int) -> list[float]:
    """Return the minutes that each customer waits for the first free desk, in rising order."""
    chance = random.Random(desks)  # noqa: S311  demo data, the same each time
    free_at = [0.0] * desks
    now = 0.0
    waits: list[float] = []
    for _ in range(customers):
        now += chance.expovariate(_ARRIVALS_A_MINUTE)
        desk = min(range(desks), key=free_at.__getitem__)
        start = max(now, free_at[desk])
        free_at[desk] = start + chance.expovariate(1 / _SERVICE_MINUTES)
        waits.append(start - now)
    return sorted(waits)


def _version(customers: int) -> bytes:
    waits = {desks: _waits(customers, desks) for desks in _DESKS}
    means = [sum(values) / customers for values in waits.values()]
    rows = [
        [str(desks), f"{mean:.2f}", f"{values[customers * 95 // 100]:.2f}", f"{_ARRIVALS_A_MINUTE * _SERVICE_MINUTES / desks:.3f}"]
        for mean, (desks, values) in zip(means, waits.items(), strict=True)
    ]
    bars = bar_chart("Mean wait, minutes", [f"{desks} desks" for desks in _DESKS], means, form=".2f")
    return notebook_bytes(
        JULIA,
        [
            Markdown(_INTRODUCTION),
            Code(_SIMULATE, (Stream(f"{customers} customers simulated for each of {len(_DESKS)} cases\n"),)),
            Code("table", (Result({"text/html": _data_frame(rows), "text/plain": _text(rows)}),)),
            Code(_PLOT, (Shown({"image/svg+xml": bars, "text/plain": "Plot{Plots.GRBackend() n=1}"}),)),
        ],
    )


_COLUMNS: Final = (("desks", "Int64"), ("mean_wait", "Float64"), ("wait_95", "Float64"), ("load", "Float64"))


def _data_frame(rows: list[list[str]]) -> str:
    names = "".join(f'<th style="text-align: left;">{escape(name)}</th>' for name, _ in _COLUMNS)
    types = "".join(f'<th title="{kind}" style="text-align: left;">{kind}</th>' for _, kind in _COLUMNS)
    body = "".join(
        f'<tr><td class="rowNumber" style="font-weight: bold; text-align: right;">{number}</td>'
        + "".join(f'<td style="text-align: right;">{value}</td>' for value in row)
        + "</tr>"
        for number, row in enumerate(rows, start=1)
    )
    size = f"{len(rows)}\N{MULTIPLICATION SIGN}{len(_COLUMNS)} DataFrame"
    corner = '<th class="rowNumber" style="font-weight: bold; text-align: right;">{}</th>'
    return (
        f'<div><div style="float: left;"><span>{size}</span></div><div style="clear: both;"></div></div>'
        f'<div class="data-frame" style="overflow-x: auto;"><table class="data-frame" style="margin-bottom: 6px;"><thead>'
        f'<tr class="header">{corner.format("Row")}{names}</tr><tr class="subheader headerLastRow">{corner.format("")}{types}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _text(rows: list[list[str]]) -> str:
    lines = [[name for name, _ in _COLUMNS], [kind for _, kind in _COLUMNS], *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = ["  ".join(f"{value:>{width}}" for value, width in zip(line, widths, strict=True)) for line in lines]
    labels = [" Row │ ", "     │ ", *(f"{number:>4} │ " for number in range(1, len(rows) + 1))]
    framed = [label + line for label, line in zip(labels, shown, strict=True)]
    framed.insert(2, "─────┼" + "─" * (len(shown[0]) + 1))
    return "\n".join([f"\x1b[1m{len(rows)}\N{MULTIPLICATION SIGN}{len(_COLUMNS)} DataFrame\x1b[0m", *framed])


_INTRODUCTION: Final = r"""# How many desks?

Customers arrive at random, $\lambda = 1.9$ a minute; a desk needs $1/\mu = 2$ minutes for one. With $c$ desks the load is

$$ \rho = \frac{\lambda}{c \mu} , $$

and below $\rho = 1$ the queue stays finite. How long is the wait?"""
_SIMULATE: Final = """using DataFrames, Plots

waits = Dict(desks => simulate(desks; λ = 1.9, μ = 0.5) for desks in 4:7)
println("$(length(waits[4])) customers simulated for each of $(length(waits)) cases")
table = summarise(waits);"""
_PLOT: Final = """bar(table.mean_wait, yticks = (1:4, ["$d desks" for d in table.desks]), title = "Mean wait, minutes")"""
