"""A JupyterHub as its makers ship it, with the configuration that the docs print, on free ports of this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from hatch_build import find_node
from tests.fixtures.running import ROOT, environment, free_ports
from tests.hub.install import ENVIRONMENT, HERE

PAGE: Final = ROOT / "docs/how-to/run-beside-jupyterhub.md"
SECRET: Final = "s" * 40
START_SECONDS: Final = 100
STOP_SECONDS: Final = 20
_MORE: Final = """
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.services.append({{"name": "tester", "api_token": "{secret}"}})
c.JupyterHub.load_roles.append({{"name": "tester", "scopes": ["admin:users", "tokens", "groups"], "services": ["tester"]}})
"""


@dataclass(slots=True)
class Hub:
    """A Hub that runs: `url` is where its proxy is, `api_url` the Hub itself."""

    url: str
    api_url: str
    service_url: str
    log: Path

    def call(self, method: str, path: str, json: object = None) -> Any:  # noqa: ANN401  any JSON
        """Ask the Hub's API to do something, as the service of the tests."""
        headers = {"authorization": f"token {SECRET}"}
        response = httpx2.request(method, f"{self.url}/hub/api/{path}", json=json, headers=headers, timeout=30)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def token(self, name: str, *scopes: str) -> tuple[str, str]:
        """Make a token for a person; return its id and the token."""
        made = self.call("POST", f"users/{name}/tokens", {"scopes": list(scopes)})
        return made["id"], made["token"]


@contextmanager
def running_hub(folder: Path) -> Generator[Hub]:
    """Start the Hub of the page in a folder, with nbinsight as its service; end both with the block."""
    ports = dict(zip(("8000", "8081", "8010", "api"), free_ports(4), strict=True))
    [printed] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    config = re.sub(r"\b(8000|8081|8010)\b", lambda found: str(ports[found[0]]), printed)
    (folder / "jupyterhub_config.py").write_text(config + _MORE.format(api=ports["api"], secret=SECRET), encoding="utf-8")
    log = folder / "hub.log"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(  # noqa: S603  our own words
            [ENVIRONMENT / "bin" / "jupyterhub"], cwd=folder, stdout=out, stderr=out, env=environment(**_paths()), start_new_session=True
        )
    hub = Hub(f"http://127.0.0.1:{ports['8000']}", f"http://127.0.0.1:{ports['8081']}/hub/api", f"http://127.0.0.1:{ports['8010']}", log)
    try:
        _wait(hub, process)
        yield hub
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(STOP_SECONDS)


def _paths() -> Mapping[str, str]:
    """Let the Hub find its proxy, Node, and our command."""
    ours = Path(sys.executable).parent
    folders = (ENVIRONMENT / "bin", HERE / "node_modules/.bin", find_node()[0].parent, ours)
    return {"PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]])}


def _wait(hub: Hub, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the Hub, its proxy and nbinsight all answer."""
    deadline = time.monotonic() + START_SECONDS
    for url in (f"{hub.url}/hub/api/", f"{hub.url}/services/nbinsight/healthz", f"{hub.service_url}/healthz"):
        while not _answers(url):
            assert process.poll() is None, hub.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, hub.log.read_text(encoding="utf-8")
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).is_success
    except httpx2.HTTPError:
        return False
