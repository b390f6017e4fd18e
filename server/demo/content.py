"""What the demo shows: its dashboards, and which insights lie where on them. Boxes are columns and rows on a grid of 36 columns."""

from dataclasses import dataclass
from typing import Final

from server.demo.people import DIRK, WIM, Person
from server.domain.grants import CodeExposure

PROJECT_KEY: Final = "DEMO"
PROJECT_NAME: Final = "Demo: weekly reports"

OVERVIEW: Final = "Dashboard"
"""The first dashboard, which every project has from the beginning."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an insight's tile goes, and whether it shows the code; `box` is left, top, width, height."""

    dashboard: str
    box: tuple[int, int, int, int]
    shows_code: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """A notebook's insight that follows its newest export; `label` names a run, such as `Week {}`."""

    notebook: str
    label: str
    insight: str
    places: tuple[Place, ...]
    exposure: CodeExposure | None = None
    """How much code dashboard-only readers get; None leaves the notebook unauthorized."""


@dataclass(frozen=True, slots=True)
class Extra:
    """Another insight of a notebook that was published, made by somebody else; `pinned_run` counts from 1."""

    notebook: str
    insight: str
    maker: Person
    place: Place
    pinned_run: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard beside the first; an unlisted one is absent from readers' lists."""

    name: str
    description: str
    maker: Person
    listed: bool


BOARDS: Final = (
    Board("Models", "How our models do, with the code of one of them.", WIM, listed=True),
    Board("Draft for clients", "Not listed yet: readers find it only by its address.", DIRK, listed=False),
)

PUBLICATIONS: Final = (
    Publication(
        "Weekly sales",
        "Week {}",
        "Sales, newest week",
        (Place(OVERVIEW, (0, 0, 18, 22)),),
        CodeExposure.TILES,
    ),
    Publication("Churn model", "Run {}", "Churn model, latest run", (Place("Models", (18, 0, 18, 26)),)),
    Publication("Client report", "Month {}", "Client report", (Place(OVERVIEW, (0, 22, 18, 24)),), CodeExposure.NEVER),
    Publication(
        "Regression in R",
        "Sample {}",
        "Regression in R, with its code",
        (Place("Models", (0, 0, 18, 26), shows_code=True),),
        CodeExposure.TILES,
    ),
    Publication("Stream statistics in Scala", "Day {}", "Events by topic", (Place("Models", (0, 26, 36, 20)),)),
    Publication("Queue simulation in Julia", "Simulation {}", "How long customers wait", (Place(OVERVIEW, (18, 22, 18, 24)),)),
)

EXTRAS: Final = (
    Extra("Weekly sales", "Sales, two weeks before", WIM, Place(OVERVIEW, (18, 0, 18, 22)), pinned_run=2),
    Extra("Client report", "Client report, to be checked", DIRK, Place("Draft for clients", (0, 0, 36, 24))),
)
