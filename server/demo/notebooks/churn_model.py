"""Churn model (Python): a confusion table, a heat map, a warning, and a cell that ends in an error."""

import random
import re
from collections.abc import Sequence
from typing import Final

from server.demo.notebooks.building import PYTHON, Code, DemoNotebook, Failure, Markdown, Result, Stream, notebook_bytes
from server.demo.notebooks.charts import heat_map, shown_png
from server.demo.notebooks.tables import Table

_CLASSES: Final = ("stays", "pauses", "leaves")
_SIZES: Final = (1480, 310, 410)
_SKILLS: Final = (0.71, 0.77, 0.82)  # of the model after each run


def make() -> DemoNotebook:
    """Return the notebook after three runs, the model a little better each time."""
    return DemoNotebook("Churn model", tuple(_version(run, skill) for run, skill in enumerate(_SKILLS, start=1)))


def _counts(run: int, skill: float) -> list[list[int]]:
    """Return how many customers of each class, by row, the model put in each class, by column."""
    chance = random.Random(run)  # noqa: S311  demo data, the same each time
    counts = [[0] * len(_CLASSES) for _ in _CLASSES]
    for true, size in enumerate(_SIZES):
        for _ in range(size + 20 * run):
            others = [place for place in range(len(_CLASSES)) if place != true]
            guess = true if chance.random() < skill + 0.05 * (true == 0) else chance.choice(others)
            counts[true][guess] += 1
    return counts


def _version(run: int, skill: float) -> bytes:
    counts = _counts(run, skill)
    total = sum(map(sum, counts))
    missing = 17 - 4 * run
    parts = [[count / sum(row) for count in row] for row in counts]
    confusion = Table(_CLASSES, [[name, *map(str, row)] for name, row in zip(_CLASSES, counts, strict=True)], corner="true")
    loaded = f"training on {total * 4:,} customers, testing on {total:,}\n"
    return notebook_bytes(
        PYTHON,
        [
            Markdown(_INTRODUCTION),
            Code(_LOAD, (Stream(_warning(missing), "stderr"), Stream(loaded))),
            Code(_FIT, (Result({"text/plain": "HistGradientBoostingClassifier(learning_rate=0.08, random_state=7)"}),)),
            Markdown("## Where it is wrong\n\nRows are what customers did, columns what the model said."),
            Code(_CONFUSION, (Result(confusion.pandas()),)),
            Code(_HEAT_MAP, (shown_png(heat_map("Parts of each true class", _CLASSES, _CLASSES, parts)),)),
            Markdown(_MEASURES),
            Code(_SCORES, (Result(_scores(counts).pandas()),)),
            Markdown("## Next: what a contract's age adds\n\n*Work in progress: the column is not in the extract yet.*"),
            Code(_AGES, (_key_error(count=6),)),
        ],
    )


def _scores(counts: Sequence[Sequence[int]]) -> Table:
    rows: list[list[str]] = []
    for place, name in enumerate(_CLASSES):
        hits = counts[place][place]
        precision, recall = hits / sum(row[place] for row in counts), hits / sum(counts[place])
        rows.append([name, f"{precision:.3f}", f"{recall:.3f}", f"{2 * precision * recall / (precision + recall):.3f}"])
    return Table(("precision", "recall", "F1"), rows)


def _warning(missing: int) -> str:
    return (
        f"/tmp/ipykernel_411/2914065521.py:8: UserWarning: {missing} customers have no plan; they are counted as 'none'\n"  # noqa: S108  a text
        "  warnings.warn(f\"{missing} customers have no plan; they are counted as 'none'\")\n"
    )


def _key_error(count: int) -> Failure:
    """Return the error of a missing column with the colours of IPython's traceback."""
    value = "\"no column 'contract_months' in the extract; it has: age, plan, visits, tickets\""
    return Failure(
        "KeyError",
        value,
        (
            f"{_RED}{'-' * 75}{_PLAIN}",
            f"{_RED}KeyError{_PLAIN}{'Traceback (most recent call last)':>67}",
            _frame(f"Cell {_GREEN}In[{count}], line 7{_PLAIN}", 5, 7),
            _frame(f"Cell {_GREEN}In[{count}], line 5{_PLAIN}, in {_CYAN}column{_BLUE}(frame, name){_PLAIN}", 3, 5),
            f"{_RED}KeyError{_PLAIN}: {value}",
        ),
    )


def _frame(head: str, first: int, failed: int) -> str:
    """Return the lines of the last cell around the one that failed, an arrow before it."""
    lines = [head]
    for number, line in enumerate(_AGES.split("\n")[first - 1 : failed + 1], start=first):
        label = f"{_GREEN}----> {number}{_PLAIN}" if number == failed else f"{_BOLD_GREEN}      {number}{_PLAIN}"
        lines.append(f"{label} {_TOKEN.sub(_coloured, line)}")
    return "\n".join(lines) + "\n"


def _coloured(token: re.Match[str]) -> str:
    return f"{_TOKEN_COLORS[str(token.lastgroup)]}{token[0]}\x1b[39;00m"


_RED, _GREEN, _CYAN, _BLUE, _PLAIN, _BOLD_GREEN = "\x1b[0;31m", "\x1b[0;32m", "\x1b[0;36m", "\x1b[0;34m", "\x1b[0m", "\x1b[1;32m"
_TOKEN: Final = re.compile(r"""(?P<text>f?"[^"]*")|(?P<word>\b(?:if|not|in|raise|return)\b)|(?P<sign>=|\.(?=\w))""")
_TOKEN_COLORS: Final = {"text": "\x1b[38;5;124m", "word": "\x1b[38;5;28;01m", "sign": "\x1b[38;5;241m"}
_INTRODUCTION: Final = """# Churn model

Which customers stay, pause or leave in the next quarter? A gradient boosting model learns from four columns:

| column | meaning | unit |
|:--|:--|--:|
| `age` | since the first order | months |
| `plan` | the plan the customer is on | |
| `visits` | sessions in the last 30 days | count |
| `tickets` | questions to the support desk | count |"""
_LOAD: Final = """import warnings

import pandas as pd
from sklearn.model_selection import train_test_split

customers = pd.read_parquet("customers.parquet")
if missing := customers["plan"].isna().sum():
    warnings.warn(f"{missing} customers have no plan; they are counted as 'none'")
train, test = train_test_split(customers.fillna({"plan": "none"}), test_size=0.2, random_state=7)
print(f"training on {len(train):,} customers, testing on {len(test):,}")"""
_FIT: Final = """from sklearn.ensemble import HistGradientBoostingClassifier

features = ["age", "plan", "visits", "tickets"]
model = HistGradientBoostingClassifier(learning_rate=0.08, random_state=7)
model.fit(train[features], train["outcome"])"""
_CONFUSION: Final = """classes = ["stays", "pauses", "leaves"]
said = pd.Series(model.predict(test[features]), index=test.index, name="said")
confusion = pd.crosstab(test["outcome"], said).loc[classes, classes].rename_axis(index="true", columns=None)
confusion"""
_HEAT_MAP: Final = """parts = confusion.div(confusion.sum(axis=1), axis=0)
heat_map(parts, title="Parts of each true class")"""
_MEASURES: Final = r"""## Precision and recall

Of those said to be in a class, precision $P$ counts the part that is; of those that are, recall $R$ counts the part that was said to be.
Their harmonic mean is

$$ F_1 = \frac{2 P R}{P + R}. $$"""
_SCORES: Final = """scores(confusion).round(3)"""
_AGES: Final = """def column(frame, name):
    \"\"\"Return a column, or say which there are.\"\"\"
    if name not in frame:
        known = ", ".join(frame.columns)
        raise KeyError(f"no column {name!r} in the extract; it has: {known}")
    return frame[name]
ages = column(customers, "contract_months")
ages.describe()"""
