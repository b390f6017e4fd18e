"""How a server says whether it is ready."""

import httpx2

from tests.faults.publishers import WAIT_SECONDS
from tests.fixtures.running import Running


def unready(server: Running) -> dict[str, str]:
    """Ask whether it is ready; return what is not, and what is said of it."""
    answer = httpx2.get(httpx2.URL(server.address).join("/readyz"), timeout=WAIT_SECONDS)
    wrong = {name: said for name, said in answer.json()["checks"].items() if said != "ok"}
    assert answer.status_code == (503 if wrong else 200)
    return wrong
