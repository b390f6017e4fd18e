"""What is counted and timed while the server works: the one table. Metrics and their reference page come from it.

Labels have few values, all of them ours: names of root fields, of formats, codes of errors. No text of a client's, no id and no name of
a project, notebook or person is ever one: whoever scrapes sees none of that, and nobody can make series without end.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol


class MeasureKind(Enum):
    """How a measure moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured; what a label may say stands beside it."""

    name: str
    kind: MeasureKind
    words: str
    labels: tuple[tuple[str, str], ...] = ()
    bounds: tuple[float, ...] = ()
    """Of a histogram: the upper ends of what is told apart, in seconds."""
    by_workers: bool = False
    """Whether `nbinsight worker` shows it too."""


_OUTCOMES: Final = (
    "`ok`; `errors`: some, beside data or not; `fault`: one of ours among them; `refused`: nothing ran; `cut`: out of time, or left"
)

OPERATION_SECONDS: Final = Measure(
    "operation_seconds",
    MeasureKind.HISTOGRAM,
    "Queries and mutations, from the moment their sender is known to the answer.",
    (
        (
            "operation",
            "the root field, or with trusted documents their name; `several` fields; `introspection`; `other`, which the schema has not",
        ),
        ("kind", "`query`, `mutation`, `unknown`"),
        ("outcome", _OUTCOMES),
    ),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SUBSCRIPTIONS: Final = Measure(
    "subscriptions",
    MeasureKind.COUNTER,
    "Subscriptions that have ended.",
    (("operation", "as above"), ("outcome", "as above; `cut`: unsubscribed, left, or the server stopped")),
)
ERRORS: Final = Measure(
    "errors",
    MeasureKind.COUNTER,
    "Errors at the top of answers: what was refused, and with the code INTERNAL faults of ours, each of which the log has.",
    (("code", "see [errors](errors.md)"),),
)
ANSWERS: Final = Measure(
    "answers",
    MeasureKind.COUNTER,
    "Answers by HTTP.",
    (("route", "`graphql`, `content`, `static`, `healthz`, `readyz`, `metrics`, `other`"), ("status", "of HTTP; `none`: the client left")),
)
USER_ERRORS: Final = Measure(
    "user_errors", MeasureKind.COUNTER, "Errors in `payload.errors` of mutations.", (("code", "see [errors](errors.md)"),)
)
SIGN_INS_REFUSED: Final = Measure(
    "sign_ins_refused",
    MeasureKind.COUNTER,
    "Tokens and other credentials that were not good.",
    (("provider", "`AccessTokens`, `Jwts`, `HubTokens`, `GatewayHeaders`; `none`: of no kind that is accepted"),),
)
RENDER_SECONDS: Final = Measure(
    "render_seconds",
    MeasureKind.HISTOGRAM,
    "Work of rendering processes, without the wait for one.",
    (
        ("work", "the format; `cells`: a page of cells; `inspect`: a notebook that is saved"),
        ("outcome", "`ok`; `failed`; `timeout`; `killed`; `cut`: gave way to others and begins anew, or the server stopped"),
    ),
    (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    by_workers=True,
)
RENDERS_WAITING: Final = Measure("renders_waiting", MeasureKind.GAUGE, "Renderings that wait for a process.", by_workers=True)
RENDERS_RUNNING: Final = Measure("renders_running", MeasureKind.GAUGE, "Renderings that a process works on.", by_workers=True)
RENDERS_QUEUED: Final = Measure(
    "renders_queued",
    MeasureKind.GAUGE,
    "Renderings in the queue that no worker has taken yet, asked at each scrape; absent without a queue, and while it is away.",
    by_workers=True,
)
RENDERINGS_FOUND: Final = Measure(
    "renderings_found",
    MeasureKind.COUNTER,
    "Renderings that were asked for, by where they were found.",
    (("where", "`memory`; `store`; `under_way`: another caller's was joined; `nowhere`: it had to be made"),),
)
STORE_ERRORS: Final = Measure(
    "store_errors",
    MeasureKind.COUNTER,
    "Failures of the blob store.",
    (("deed", "`put`, `put_file`, `get`, `has`, `local_file`, `walk`, `delete`, `check`"),),
    by_workers=True,
)
STORE_DAMAGED: Final = Measure(
    "store_damaged", MeasureKind.COUNTER, "Blobs that were found damaged, each once in a process.", by_workers=True
)
DATABASE_ERRORS: Final = Measure(
    "database_errors",
    MeasureKind.COUNTER,
    "Failures of the database; `IntegrityError` is what two callers meet who want the same name, and is tried again.",
    (
        (
            "kind",
            "SQLAlchemy's class; `no_connection`: none could be made; `pool_exhausted`: none became free in time",
        ),
    ),
    by_workers=True,
)
LIVE_CONNECTIONS: Final = Measure("live_connections", MeasureKind.GAUGE, "WebSockets and event streams that are open.")
UNSENT_BYTES: Final = Measure("unsent_bytes", MeasureKind.GAUGE, "Answers that clients have not taken yet, in bytes.")
PROCESSES: Final = Measure("processes", MeasureKind.GAUGE, "Processes that serve; one that has died is no longer counted, nor its gauges.")

MEASURES: Final = (
    *(ANSWERS, OPERATION_SECONDS, SUBSCRIPTIONS, ERRORS, USER_ERRORS, SIGN_INS_REFUSED),
    *(RENDER_SECONDS, RENDERS_WAITING, RENDERS_RUNNING, RENDERINGS_FOUND),
    *(STORE_ERRORS, STORE_DAMAGED, DATABASE_ERRORS, LIVE_CONNECTIONS, UNSENT_BYTES, PROCESSES),
)
"""All that is counted, in the order of the reference page."""
SAMPLED: Final = (RENDERS_QUEUED,)
"""What is asked for at each scrape instead."""


class Measures(Protocol):
    """Takes what is measured; never fails and never waits."""

    def add(self, measure: Measure, *labels: str, by: float = 1) -> None:
        """Count, or with a gauge move it up, or down by a negative figure."""
        ...

    def observe(self, measure: Measure, seconds: float, *labels: str) -> None:
        """Note how long something took."""
        ...


class Unmeasured:
    """Measures that forget: nobody asks for them."""

    def add(self, measure: Measure, *labels: str, by: float = 1) -> None:
        """Forget it."""

    def observe(self, measure: Measure, seconds: float, *labels: str) -> None:
        """Forget it."""


UNMEASURED: Final[Measures] = Unmeasured()
