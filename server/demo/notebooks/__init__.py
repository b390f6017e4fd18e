"""The demo's notebooks, made from nothing: prose, code, and outputs as if kernels had run, the same bytes each time."""

from server.demo.notebooks import churn_model, client_report, queues, regression, streams, weekly_sales
from server.demo.notebooks.building import DemoNotebook

__all__ = ["DemoNotebook", "all_notebooks"]

_MAKERS = (weekly_sales.make, churn_model.make, client_report.make, regression.make, streams.make, queues.make)


def all_notebooks() -> list[DemoNotebook]:
    """Return the notebooks, each with the bytes of two to four successive runs, oldest first."""
    return [make() for make in _MAKERS]
