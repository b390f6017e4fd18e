"""How a server says whether it is ready: within two seconds, whatever is wrong (R8)."""

import time
from typing import Final, NamedTuple

import httpx2

from tests.faults.publishers import WAIT_SECONDS
from tests.fixtures.running import Running

READY_SECONDS: Final = 2
HEALED_SECONDS: Final = 10
GRACE_SECONDS: Final = 3
"""What a machine with other work may add to what is promised."""


class Readiness(NamedTuple):
    """What is not ready, and what is said of it; and how long the answer took."""

    wrong: dict[str, str]
    seconds: float


def readiness(server: Running) -> Readiness:
    """Ask whether it is ready; the answer comes in time."""
    began = time.monotonic()
    answer = httpx2.get(httpx2.URL(server.address).join("/readyz"), timeout=WAIT_SECONDS)
    seconds = time.monotonic() - began
    assert seconds < READY_SECONDS + GRACE_SECONDS, f"/readyz took {seconds:.1f} s"
    wrong = {name: said for name, said in answer.json()["checks"].items() if said != "ok"}
    assert answer.status_code == (503 if wrong else 200)
    return Readiness(wrong, seconds)


def unready(server: Running) -> dict[str, str]:
    """Return what is not ready."""
    return readiness(server).wrong
