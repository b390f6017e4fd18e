"""systemd's units: what systemd itself says of them, and that servers and renderers start under what they forbid."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
import pytest

from server.config import Settings
from tests.deploy.confine import NOBODY
from tests.deploy.conftest import DEPLOY, needed, run_program
from tests.fixtures.running import COMMAND, ROOT, Running, environment, start_command, wait_until_it_listens

SYSTEMD: Final = DEPLOY / "systemd"
SERVICES: Final = ("nbinsight.service", "nbinsight-worker@.service", "nbinsight-upgrade.service", "nbinsight-gc.service")
MOST_EXPOSED: Final = 15
"""What `systemd-analyze security` may count at most, from 0 to 100."""
RENDERED: Final = '{ project(key: "DEMO") { insights(first: 1) { nodes { displayedExport { rendering { body } } } } } }'
HERE: Final = Path(__file__).resolve().parent


def settings_of(name: str, section: str = "Service") -> list[tuple[str, str]]:
    """Return the settings of a section of a unit, in their order."""
    text = (SYSTEMD / name).read_text(encoding="utf-8").partition(f"[{section}]\n")[2].partition("\n[")[0]
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return [(key, value) for key, _, value in lines]


def value_of(name: str, key: str, section: str = "Service") -> str:
    """Return the one value of a setting."""
    [value] = [value for found, value in settings_of(name, section) if found == key]
    return value


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a machine that has the units, what they start and the drop-in for many machines."""
    root = tmp_path_factory.mktemp("machine")
    units, program = root / "etc" / "systemd" / "system", root / "opt" / "nbinsight" / "bin" / "nbinsight"
    shutil.copytree("/usr/lib/systemd/system", root / "usr" / "lib" / "systemd" / "system", symlinks=True)
    units.mkdir(parents=True)
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in (*SERVICES, "nbinsight-gc.timer"):
        shutil.copy(SYSTEMD / name, units / name)
        if name.endswith(".service"):
            (units / f"{name}.d").mkdir()
            shutil.copy(SYSTEMD / "many-machines.conf", units / f"{name}.d")
    return root


@pytest.mark.parametrize("name", ["nbinsight.service", "nbinsight-worker@1.service", "nbinsight-upgrade.service", "nbinsight-gc.timer"])
def test_systemd_finds_nothing(machine: Path, name: str) -> None:
    needed("systemd-analyze")
    said = run_program("systemd-analyze", "verify", f"--root={machine}", name)
    assert [line for line in said.splitlines() if "nbinsight" in line] == []


def test_systemd_would_find_what_it_does_not_know(machine: Path, tmp_path: Path) -> None:
    """The test above can fail."""
    copy = shutil.copytree(machine, tmp_path / "machine", symlinks=True)
    unit = copy / "etc" / "systemd" / "system" / "nbinsight.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=stern\nProtectSytem=strict"))
    done = subprocess.run(  # noqa: S603  our own words
        [needed("systemd-analyze"), "verify", f"--root={copy}", "nbinsight.service"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "ProtectSytem" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_exposes_little(name: str) -> None:
    said = run_program("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", SYSTEMD / name)
    assert "Overall exposure level" in said


def test_a_threshold_that_is_not_met_fails() -> None:
    run_program("systemd-analyze", "security", "--offline=true", "--threshold=5", SYSTEMD / "nbinsight.service", fails=True)


def test_all_units_forbid_the_same() -> None:
    forbidden = {name: settings_of(name)[settings_of(name).index(("User", "nbinsight")) :] for name in SERVICES}
    assert len(forbidden["nbinsight.service"]) > 30
    assert all(found == forbidden["nbinsight.service"] for found in forbidden.values())


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_handed_on_as_credentials(name: str) -> None:
    assert ("LoadCredential", "secret-key:/etc/nbinsight/secret-key") in settings_of(name)
    assert ("Environment", "NBINSIGHT_SECRET_KEY_FILE=%d/secret-key") in settings_of(name)
    drop_in = (SYSTEMD / "many-machines.conf").read_text(encoding="utf-8")
    loaded = set(re.findall(r"^LoadCredential=([\w-]+):", drop_in, re.MULTILINE))
    assert loaded == set(re.findall(r"^Environment=NBINSIGHT_\w+_FILE=%d/([\w-]+)", drop_in, re.MULTILINE)) == {"database-url", "queue-url"}


@pytest.mark.parametrize(
    ("name", "processes", "expected"), [("nbinsight.service", 2, 9 * 2**30), ("nbinsight-worker@.service", 1, 4608 * 2**20)]
)
def test_memory_is_enough_for_what_renders_and_for_what_answers(name: str, processes: int, expected: int) -> None:
    given = Settings.model_fields
    needed_bytes = processes * (given["render_workers"].default * given["render_memory_bytes"].default + 2**29)
    amount = value_of(name, "MemoryMax")
    assert needed_bytes == int(amount[:-1]) * {"M": 2**20, "G": 2**30}[amount[-1]] == expected
    if processes > 1:
        assert value_of(name, "ExecStart").endswith(f"serve --workers {processes}")


def test_what_runs_may_end() -> None:
    for name in SERVICES[:2]:
        assert (int(value_of(name, "TimeoutStopSec")) >= 45, value_of(name, "KillMode")) == (True, "mixed")


def test_what_goes_on_is_started_again_however_often_it_ends() -> None:
    """A server whose database is away ends at once, and systemd would give up after five times within ten seconds."""
    for name in SERVICES[:2]:
        assert (value_of(name, "Restart"), value_of(name, "StartLimitIntervalSec", "Unit")) == ("always", "0")


def let_through() -> set[str]:
    """Return the calls that SystemCallFilter lets through, as systemd knows its sets."""
    allowed: set[str] = set()
    for key, value in settings_of("nbinsight.service"):
        if key == "SystemCallFilter":
            calls = {call for name in value.removeprefix("~").split() for call in calls_of(name)}
            allowed = allowed - calls if value.startswith("~") else allowed | calls
    return allowed | set(calls_of("@default"))


def calls_of(name: str) -> set[str]:
    """Return the calls of a set, those of the sets in it as well."""
    found: set[str] = set()
    for line in run_program("systemd-analyze", "--no-pager", "syscall-filter", name).splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of `nobody`'s, not below pytest's, which are root's alone; skips where nobody can be confined."""
    if os.geteuid() != 0:
        pytest.skip("only root can confine a process as systemd does")
    with TemporaryDirectory(prefix="nbinsight-confined-") as name:
        folder = Path(name)
        (folder / "calls").write_text("\n".join(sorted(let_through())), encoding="utf-8")
        (folder / "tmp").mkdir()
        for path in (folder, folder / "tmp"):
            os.chown(path, NOBODY, NOBODY)
        yield folder


def test_a_server_renders_under_what_the_units_forbid(nobodys: Path) -> None:
    """The fork server, its children, /dev/shm, the temporary folder: all that rendering takes is let through, and no more was given."""
    server = confined(nobodys, "serve", "--port", "0", "--demo")
    try:
        wait_until_it_listens(server)
        token = json.loads((nobodys / "nbinsight-data" / "demo-tokens").read_text(encoding="utf-8"))["wim"]
        [insight] = server.data(RENDERED, token)["project"]["insights"]["nodes"]
        assert "<html" in insight["displayedExport"]["rendering"]["body"]
        assert httpx2.get(server.address.replace("/graphql", "/readyz")).status_code == 200
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        assert re.findall(r"^(?:Uid|NoNewPrivs|Seccomp|CapBnd):\s+(\S+)", status, re.MULTILINE) == [str(NOBODY), "0" * 16, "1", "2"]
    finally:
        server.stop()


def test_what_the_units_forbid_is_refused(nobodys: Path) -> None:
    """The confinement above confines."""
    tries = """
import ctypes, mmap, os
def refused(what):
    try: what()
    except (OSError, PermissionError) as error: return error.errno
print(refused(lambda: open("/opt/x", "w")), refused(lambda: open("/proc/meminfo")), refused(lambda: os.chroot("/")),
      refused(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)))
"""
    command = [sys.executable, str(HERE / "confine.py"), str(nobodys), sys.executable, "-c", tries]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  our own words
    assert (done.stdout, done.stderr) == ("30 2 1 13\n", "")


def confined(folder: Path, *arguments: str) -> Running:
    """Start a command of ours so confined, without waiting for it."""
    given = environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1", HOME=str(folder))
    return start_command([sys.executable, str(HERE / "confine.py"), str(folder), *COMMAND, *arguments], cwd=folder, env=given)
