"""Regression in R (IRkernel): a scatter plot as ggplot2 draws it, a model's summary, a table."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from server.demo.notebooks.building import Code, DemoNotebook, Markdown, R, Shown, Stream, notebook_bytes
from server.demo.notebooks.glyphs import Point
from server.demo.notebooks.svg import Panel, scatter
from server.demo.notebooks.tables import r_data_frame

_SIZES: Final = (90, 120, 150)
_COLUMNS: Final = (("store", "chr"), ("area", "int"), ("sales", "dbl"))
_NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Fit:
    """A straight line through points, by least squares."""

    points: tuple[Point, ...]
    intercept: float
    slope: float
    mean_x: float
    spread_x: float
    sigma: float
    r_squared: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> "Fit":
        """Fit a line."""
        count = len(points)
        mean_x, mean_y = (sum(point[axis] for point in points) / count for axis in (0, 1))
        spread_x = sum((x - mean_x) ** 2 for x, _ in points)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread_x
        intercept = mean_y - slope * mean_x
        left = sum((y - intercept - slope * x) ** 2 for x, y in points)
        whole = sum((y - mean_y) ** 2 for _, y in points)
        return cls(tuple(points), intercept, slope, mean_x, spread_x, math.sqrt(left / (count - 2)), 1 - left / whole)

    @property
    def errors(self) -> tuple[float, float]:
        """Standard errors of intercept and slope."""
        return self.error_at(0), self.sigma / math.sqrt(self.spread_x)

    def at(self, x: float) -> float:
        """Return the fitted value."""
        return self.intercept + self.slope * x

    def error_at(self, x: float) -> float:
        """Return the standard error of the fitted value."""
        return self.sigma * math.sqrt(1 / len(self.points) + (x - self.mean_x) ** 2 / self.spread_x)

    def residual_quantiles(self) -> list[float]:
        """Return the least, the quartiles and the greatest residual, interpolated as R does by default."""
        residuals = sorted(y - self.at(x) for x, y in self.points)
        quantiles: list[float] = []
        for part in (0, 0.25, 0.5, 0.75, 1):
            place = part * (len(residuals) - 1)
            low, high = residuals[math.floor(place)], residuals[math.ceil(place)]
            quantiles.append(low + (high - low) * (place % 1))
        return quantiles


def make() -> DemoNotebook:
    """Return the notebook after three runs, each with 30 stores more."""
    chance = random.Random(11)  # noqa: S311  demo data, the same each time
    points: list[Point] = []
    for _ in range(_SIZES[-1]):
        area = round(chance.uniform(120, 880))
        points.append((area, round(31 + 0.07 * area + chance.gauss(0, 7.5), 1)))
    return DemoNotebook("Regression in R", tuple(_version(points[:size]) for size in _SIZES))


def _version(points: Sequence[Point]) -> bytes:
    fit = Fit.of(points)
    head = [[f"{number:03}", f"{area:g}", f"{sales:.1f}"] for number, (area, sales) in enumerate(points[:6], start=1)]
    plot = {"image/svg+xml": _plot(fit), "text/plain": "plot without title"}
    predictions = [
        [f"{x}", f"{fit.at(x):.1f}", f"{fit.at(x) - _NORMAL_95 * fit.error_at(x):.1f}", f"{fit.at(x) + _NORMAL_95 * fit.error_at(x):.1f}"]
        for x in (200, 400, 600, 800)
    ]
    return notebook_bytes(
        R,
        [
            Markdown(_INTRODUCTION),
            Code(_LOAD, (Stream(f"{len(points)} stores\n"), Shown(r_data_frame(_COLUMNS, head)))),
            Code(_PLOT, (Shown(plot),)),
            Markdown(_MODEL),
            Code(_FIT, (Shown({"text/plain": _summary(fit)}),)),
            Markdown("## What to expect of a new store\n\nMean weekly sales with their 95 % confidence interval, by area."),
            Code(_PREDICT, (Shown(r_data_frame((("area", "dbl"), ("fit", "dbl"), ("lwr", "dbl"), ("upr", "dbl")), predictions)),)),
        ],
    )


def _plot(fit: Fit) -> str:
    low, high = min(x for x, _ in fit.points), max(x for x, _ in fit.points)
    xs = [low + (high - low) * step / 40 for step in range(41)]
    band = [(x, fit.at(x), _NORMAL_95 * fit.error_at(x)) for x in xs]
    names = ("Area of the store, square metres", "Weekly sales, thousand euros")
    return scatter(Panel(range(200, 801, 200), range(20, 121, 20)), fit.points, band=band, names=names)


def _summary(fit: Fit) -> str:
    free = len(fit.points) - 2
    adjusted = 1 - (1 - fit.r_squared) * (free + 1) / free
    rows = [
        f"{name:<11} {value:>8.5f} {error:>10.5f} {value / error:>7.2f}   <2e-16 ***"
        for name, value, error in zip(("(Intercept)", "area"), (fit.intercept, fit.slope), fit.errors, strict=True)
    ]
    return "\n".join(
        [
            "",
            "Call:",
            "lm(formula = sales ~ area, data = stores)",
            "",
            "Residuals:",
            "".join(f"{name:>9}" for name in ("Min", "1Q", "Median", "3Q", "Max")),
            "".join(f"{value:>9.4f}" for value in fit.residual_quantiles()),
            "",
            "Coefficients:",
            f"{'':<11} {'Estimate':>8} {'Std. Error':>10} {'t value':>7} Pr(>|t|)    ",
            *rows,
            "---",
            "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1",
            "",
            f"Residual standard error: {fit.sigma:.3f} on {free} degrees of freedom",
            f"Multiple R-squared:  {fit.r_squared:.4f},\tAdjusted R-squared:  {adjusted:.4f} ",
            f"F-statistic: {(fit.slope / fit.errors[1]) ** 2:.1f} on 1 and {free} DF,  p-value: < 2.2e-16",
            "",
        ]
    )


_INTRODUCTION: Final = """# Does a larger store sell more?

Area in square metres against mean weekly sales in thousand euros, a row per store.
The extract grows with every quarter; the model is fitted again each time."""
_LOAD: Final = """library(ggplot2)

stores <- read.csv("stores.csv", colClasses = c(store = "character"))
cat(nrow(stores), "stores\\n")
head(stores)"""
_PLOT: Final = """options(repr.plot.width = 6, repr.plot.height = 3.7)
ggplot(stores, aes(area, sales)) +
  geom_point(alpha = 0.6) +
  geom_smooth(method = "lm", formula = y ~ x) +
  labs(x = "Area of the store, square metres", y = "Weekly sales, thousand euros")"""
_MODEL: Final = r"""## The model

$$ \text{sales}_i = \alpha + \beta \, \text{area}_i + \varepsilon_i , \qquad \varepsilon_i \sim N(0, \sigma^2) $$

where $\beta$ is what one square metre adds each week."""
_FIT: Final = """model <- lm(sales ~ area, data = stores)
summary(model)"""
_PREDICT: Final = """new <- data.frame(area = c(200, 400, 600, 800))
cbind(new, round(predict(model, new, interval = "confidence"), 1))"""
