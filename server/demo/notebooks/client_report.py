"""Client report (Python): mostly prose; its code names discounts, which clients are not to see."""

import random
from typing import Final

from server.demo.notebooks.building import PYTHON, Code, DemoNotebook, Markdown, Result, Shown, notebook_bytes
from server.demo.notebooks.charts import Line, line_chart, shown_png
from server.demo.notebooks.svg import bar_chart
from server.demo.notebooks.tables import Table

_MONTHS: Final = ("July", "August", "September")
_SERVICES: Final = ("Storage", "Transport", "Packing", "Returns")
_RATES: Final = (42.0, 67.0, 18.5, 9.0)
_DAYS_A_WEEK: Final = 7


def make() -> DemoNotebook:
    """Return the report for three months."""
    return DemoNotebook("Client report", tuple(_version(number) for number in range(len(_MONTHS))))


def _version(number: int) -> bytes:
    chance = random.Random(100 + number)  # noqa: S311  demo data, the same each time
    month = _MONTHS[number]
    orders = [round(rate * (1 + 0.04 * number) * chance.uniform(24, 30)) for rate in _RATES]
    on_time = [min(0.999, 0.952 + 0.012 * number + chance.uniform(-0.01, 0.02)) for _ in _SERVICES]
    cost = [count * price for count, price in zip(orders, (3.10, 8.40, 1.95, 4.60), strict=True)]
    days = [96 + number * 6 + 22 * (day % _DAYS_A_WEEK < 5) + chance.uniform(-9, 9) for day in range(28)]  # noqa: PLR2004  five working days
    by_service = Table(
        ("Orders", "On time", "Cost, EUR"),
        [
            [name, f"{count:,}", f"{part:.1%}", f"{euros:,.2f}"]
            for name, count, part, euros in zip(_SERVICES, orders, on_time, cost, strict=True)
        ],
        corner="Service",
    )
    chart = line_chart("Orders a day", f"all services, {month}", [str(day) for day in range(1, 29)], [Line("orders", days)], axis="Day")
    bars = {"image/svg+xml": bar_chart(f"Cost in {month}, euros", _SERVICES, cost), "text/plain": "<IPython.core.display.SVG object>"}
    return notebook_bytes(
        PYTHON,
        [
            Markdown(_opening(month, sum(orders), sum(cost))),
            Code(_LOAD),
            Markdown("## 1. What we did\n\nOrders by service, the part that was on time, and what they cost after your discount."),
            Code(_TABLE, (Result(by_service.pandas()),)),
            Code(_DAYS, (shown_png(chart),)),
            Markdown("## 2. What it cost\n\nStorage is billed by pallet and day, everything else by order."),
            Code(_BARS, (Shown(bars),)),
            Markdown(_ADVICE[number]),
            Markdown(_NOTES),
        ],
    )


def _opening(month: str, orders: int, cost: float) -> str:
    return f"""# Service report, {month} 2025

**In short.** We handled **{orders:,} orders** for you in {month}, at a cost of **{cost:,.0f} euros**. Both
warehouses ran on all working days. Nothing was lost, and nothing is left open.

> This report is made from the same figures as your invoice. Where the two differ, the invoice counts.

What follows:

1. what we did, by service and by day,
2. what it cost,
3. what we propose for the next month."""


_LOAD: Final = """import pandas as pd

# internal: never show this to the client
DISCOUNT = {"Storage": 0.08, "Transport": 0.125, "Packing": 0.00, "Returns": 0.05}
orders = pd.read_parquet("orders.parquet")
orders["net"] = orders["gross"] * (1 - orders["service"].map(DISCOUNT))"""
_TABLE: Final = """by_service = orders.groupby("service").agg(
    orders=("id", "size"), on_time=("on_time", "mean"), net=("net", "sum"))
client_table(by_service)"""
_DAYS: Final = """line_chart(orders.groupby("day").size(), title="Orders a day")"""
_BARS: Final = """display(SVG(bar_chart(by_service["net"], title=f"Cost in {month}, euros")))"""
_ADVICE: Final = (
    """## 3. What we propose

1. **Send the next day's orders by 16:00.** One in nine arrived later and lost a day.
2. **Pack returns in the box they came in.** It saves about 40 cents each.
3. Keep the stock of Product B at three weeks instead of five:
   * the shelf space falls by a sixth,
   * the risk of running out stays below one per cent.""",
    """## 3. What we propose

1. **Keep to 16:00 for the next day's orders.** It worked: one in thirty was late, after one in nine in July.
2. **Move Product D nearer to the gate.** It is now picked twice as often as in spring.
3. Decide by the 20th whether the autumn campaign needs a second shift:
   * with it, up to 190 orders a day,
   * without it, up to 140.""",
    """## 3. What we propose

1. **Book the second shift for the last week of November.** The forecast passes 190 orders on two days.
2. **Agree on a price for express orders.** Until now they are billed like others.
3. Nothing needs to change in storage:
   * Product B has stayed at three weeks,
   * Product D now lies by the gate.""",
)
_NOTES: Final = """---

*On time* means handed to the carrier before the agreed hour. Days without orders are not counted. An order with several services counts
once for each of them."""
