"""Weekly sales (Python): a table, lines as PNG, bars as SVG, a formula; run every Monday."""

import random
from collections.abc import Sequence
from typing import Final

from server.demo.notebooks.building import PYTHON, Code, DemoNotebook, Markdown, Result, Shown, Stream, notebook_bytes
from server.demo.notebooks.charts import Line, line_chart, shown_png
from server.demo.notebooks.svg import bar_chart
from server.demo.notebooks.tables import Table, series_text

REGIONS: Final = ("North", "South", "East", "West")
PRODUCTS: Final = ("Product A", "Product B", "Product C", "Product D")
_WEEKS: Final = (36, 37, 38, 39)
_FIRST_WEEK: Final = 20
_SHOWN_WEEKS: Final = 12


def make() -> DemoNotebook:
    """Return the notebook after the runs of four weeks."""
    sales = _sales()
    return DemoNotebook("Weekly sales", tuple(_version(sales, week) for week in _WEEKS))


def _sales() -> dict[tuple[int, str, str], float]:
    """Return thousand euros by week, region and product, up to the last week."""
    chance = random.Random(20)  # noqa: S311  demo data, the same each time
    base = dict(zip(REGIONS, (118.0, 66.0, 96.0, 41.0), strict=True))
    growth = dict(zip(REGIONS, (1.011, 1.012, 0.998, 1.021), strict=True))
    share = dict(zip(PRODUCTS, (0.41, 0.27, 0.20, 0.12), strict=True))
    return {
        (week, region, product): base[region] * growth[region] ** (week - _FIRST_WEEK) * share[product] * chance.uniform(0.9, 1.1)
        for week in range(_FIRST_WEEK, _WEEKS[-1] + 1)
        for region in REGIONS
        for product in PRODUCTS
    }


def _version(sales: dict[tuple[int, str, str], float], week: int) -> bytes:
    weeks = range(week - _SHOWN_WEEKS + 1, week + 1)
    by_region = {region: [sum(sales[number, region, product] for product in PRODUCTS) for number in weeks] for region in REGIONS}
    by_product = [sum(sales[week, region, product] for region in REGIONS) for product in PRODUCTS]
    rows = (week - _FIRST_WEEK + 1) * len(REGIONS) * len(PRODUCTS)
    loaded = f"{rows} rows: weeks {_FIRST_WEEK} to {week}, {len(REGIONS)} regions, {len(PRODUCTS)} products\n"
    growth = [(values[-1] / values[0]) ** (1 / (_SHOWN_WEEKS - 1)) - 1 for values in by_region.values()]
    lines = [Line(*item) for item in by_region.items()]
    chart = line_chart("Sales by region", "thousand euros a week", [str(number) for number in weeks], lines, axis="Week")
    bars = bar_chart(f"Week {week} by product, thousand euros", PRODUCTS, by_product, form=".1f")
    return notebook_bytes(
        PYTHON,
        [
            Markdown(_INTRODUCTION),
            Code(_LOAD, (Stream(loaded),)),
            Markdown("## By region\n\nThe last six weeks, in thousand euros, and the total of all four regions."),
            Code(_TABLE, (Result(_table(weeks, by_region).pandas()),)),
            Code(_PLOT, (shown_png(chart),)),
            Markdown(_FORMULA),
            Code(_GROWTH, (Result({"text/plain": series_text(REGIONS, [f"{value:.4f}" for value in growth], "dtype: float64")}),)),
            Markdown("## By product"),
            Code(_BARS, (Shown({"image/svg+xml": bars, "text/plain": "<IPython.core.display.SVG object>"}),)),
            Code(_CLOSING, (Stream(_summary(by_region)),)),
        ],
    )


def _table(weeks: Sequence[int], by_region: dict[str, list[float]]) -> Table:
    rows = [
        [
            str(number),
            *(f"{values[place]:.1f}" for values in by_region.values()),
            f"{sum(values[place] for values in by_region.values()):.1f}",
        ]
        for place, number in enumerate(weeks)
    ]
    return Table([*REGIONS, "Total"], rows[-6:], corner="week")


def _summary(by_region: dict[str, list[float]]) -> str:
    total, before = (sum(values[place] for values in by_region.values()) for place in (-1, -2))
    best = max(by_region, key=lambda region: by_region[region][-1] / by_region[region][-2])
    return f"Total {total:,.1f} thousand euros, {total / before - 1:+.1%} on the week before; strongest rise: {best}\n"


_INTRODUCTION: Final = """# Weekly sales

What the four regions sold in the last twelve weeks. The notebook is run **every Monday** on the bookings of the week before:

* by region, as a table and over time,
* growth, with its definition,
* by product, for the latest week.

Amounts are net of returns; weeks are those of ISO 8601."""
_LOAD: Final = """import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_parquet("bookings.parquet")
weeks = sales["week"]
print(f"{len(sales)} rows: weeks {weeks.min()} to {weeks.max()}, "
      f"{sales['region'].nunique()} regions, {sales['product'].nunique()} products")"""
_TABLE: Final = """regions = ["North", "South", "East", "West"]
by_region = sales.pivot_table("amount", "week", "region", aggfunc="sum")[regions].tail(12)
by_region.assign(Total=by_region.sum(axis=1)).rename_axis(columns=None).round(1).tail(6)"""
_PLOT: Final = """fig, axes = plt.subplots(figsize=(6.4, 3.2))
by_region.plot(ax=axes, marker="o", title="Sales by region", xlabel="Week")
axes.set_ylim(bottom=0)
plt.show()"""
_FORMULA: Final = r"""## Growth

Let $s_{r,t}$ be the sales of region $r$ in week $t$. Its mean weekly growth over $n$ weeks is the geometric mean

$$
g_r = \left( \frac{s_{r,t}}{s_{r,t-n}} \right)^{1/n} - 1 ,
$$

so that $g_r = 0.01$ means one per cent more each week."""
_GROWTH: Final = """n = len(by_region) - 1
((by_region.iloc[-1] / by_region.iloc[0]) ** (1 / n) - 1).rename_axis(None).round(4)"""
_BARS: Final = """from IPython.display import SVG, display

latest = sales[weeks == weeks.max()].groupby("product")["amount"].sum()
display(SVG(bar_chart(latest, title=f"Week {weeks.max()} by product, thousand euros")))"""
_CLOSING: Final = """total, before = by_region.sum(axis=1).iloc[[-1, -2]]
best = (by_region.iloc[-1] / by_region.iloc[-2]).idxmax()
print(f"Total {total:,.1f} thousand euros, {total / before - 1:+.1%} on the week before; "
      f"strongest rise: {best}")"""
