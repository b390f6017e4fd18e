"""The image and the compose file: what linters say, and what these do not know of nbinsight."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from server.config import SECRETS, Settings
from tests.deploy.conftest import DEPLOY, run_program
from tests.fixtures.running import ROOT

UNITS: Final = {"k": 2**10, "m": 2**20, "g": 2**30}
GIB: Final = 2**30
OURS: Final = ("server", "worker", "upgrade", "gc")
SERVICES: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]


def size_of(text: str) -> int:
    """Return how many bytes Docker takes a size for."""
    return int(text[:-1]) * UNITS[text[-1]]


def seconds_of(text: str) -> int:
    """Return how many seconds a span is."""
    return int(text.removesuffix("s"))


def test_hadolint_finds_nothing() -> None:
    assert run_program("hadolint", "--no-color", DEPLOY / "Dockerfile") == ""


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("FROM ") :]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert "/readyz" in last
    assert [name for name in SECRETS if f"NBINSIGHT_{name.upper()}" in text] == []
    assert re.findall(r"pip install (?!--require-hashes|--no-deps --no-index)", text) == []


def test_the_image_is_made_from_what_is_there_and_sees_nothing_else() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    sources = {word for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for word in line.split()[:-1]}
    let_in = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    assert sources == let_in
    assert [name for name in sources if not (ROOT / name).exists()] == []


def test_what_is_uninstalled_is_what_only_the_build_needs(tmp_path: Path) -> None:
    """The group `build`, and what came with it alone."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    [words] = re.findall(r"pip uninstall --yes (.*)$", text, re.MULTILINE)
    lock = tmp_path / "runtime.lock"
    uv = ROOT / ".venv" / "bin" / "uv"
    options = ["--universal", "--python-version", "3.11", "--no-annotate", "--no-header", "--no-emit-index-url", "--offline", "--quiet"]
    done = subprocess.run(  # noqa: S603  our own words
        [uv, "pip", "compile", *options, "--extra", "all", "-c", ROOT / "requirements.lock", ROOT / "pyproject.toml", "-o", lock],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        pytest.skip(f"without a package index or its cache the lock file cannot be resolved again: {done.stderr.strip()[-200:]}")
    named = [{line.split("==")[0] for line in path.read_text().splitlines() if "==" in line} for path in (ROOT / "requirements.lock", lock)]
    assert set(words.split()) == (named[0] - named[1]) | {"pip"}


def test_the_compose_file_is_one_by_its_schema(copied: Path) -> None:
    assert "ok" in run_program("check-jsonschema", "--builtin-schema", "vendor.compose-spec", copied / "compose.yaml")


def test_the_compose_file_has_no_dangerous_setting(copied: Path) -> None:
    """What remains is known: tags without digests, images that write to their own folders, and an object store's keys.

    | rule | why |
    |---|---|
    | CL-0019 | a digest is of one day and one registry; whoever runs it pins what they pulled |
    | CL-0007 | PostgreSQL's and SeaweedFS' images write outside their volumes |
    | CL-0020 | obstore reads the keys of S3 from the environment, and from nowhere else |
    """
    found = json.loads(run_program("compose-lint", "--fail-on", "critical", "--format", "json", copied / "compose.yaml"))
    rules = {(finding["rule_id"], finding["service"]) for finding in found["findings"] if finding["rule_id"] != "CL-0019"}
    assert rules == {("CL-0007", "database"), ("CL-0007", "store"), *(("CL-0020", name) for name in OURS)}


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["proxy"]


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_by_files(name: str) -> None:
    given = SERVICES[name]["environment"]
    assert [secret for secret in SECRETS if f"NBINSIGHT_{secret.upper()}" in given] == []
    files = {value.removeprefix("/run/secrets/") for variable, value in given.items() if variable.endswith("_FILE")}
    assert files == {"secret-key", "database-url", "queue-url"} == set(SERVICES[name]["secrets"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_everything_has_a_limit_and_what_goes_on_is_started_again(name: str) -> None:
    service = SERVICES[name]
    assert {"mem_limit", "pids_limit", "restart", "logging"} <= set(service)
    if service["restart"] == "unless-stopped":
        assert "healthcheck" in service
    if name in {"server", "worker", "database", "queue", "store"}:
        assert seconds_of(service["stop_grace_period"]) >= 30


@pytest.mark.parametrize("name", ["server", "worker"])
def test_memory_is_enough_for_what_renders_for_tmp_and_for_what_answers(name: str) -> None:
    service = SERVICES[name]
    given, command = service["environment"], service["command"]
    processes = int(command[command.index("--workers") + 1]) if "--workers" in command else 1
    [temporary] = service["tmpfs"]
    needed = int(given["NBINSIGHT_RENDER_MEMORY_BYTES"]) * int(given["NBINSIGHT_RENDER_WORKERS"]) * processes
    needed += size_of(re.findall(r"size=(\w+)", temporary)[0]) + processes * GIB // 2
    assert size_of(service["mem_limit"]) == needed
    assert size_of(re.findall(r"size=(\w+)", temporary)[0]) > Settings.model_fields["render_cells_bytes"].default


def test_postgresql_has_connections_for_as_many_containers_as_the_page_starts() -> None:
    """100, unless its image is told otherwise, of which 3 are kept for administrators."""
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    [(servers, workers)] = re.findall(r"--scale server=(\d+) --scale worker=(\d+)", page)
    command = SERVICES["server"]["command"]
    processes = int(servers) * int(command[command.index("--workers") + 1]) + int(workers) + 2  # upgrade and gc
    pools = {sum(int(SERVICES[name]["environment"][f"NBINSIGHT_DATABASE_POOL_{part}"]) for part in ("SIZE", "OVERFLOW")) for name in OURS}
    assert processes * max(pools) <= 100 - 3
    assert "command" not in SERVICES["database"]


def test_the_proxy_is_the_one_that_was_tried_as_a_program() -> None:
    """Older ones cut event streams off; all pages and files name the same."""
    version = SERVICES["proxy"]["image"].removeprefix("caddy:")
    assert run_program("caddy", "version").startswith(f"v{version} ")
    assert f"From Caddy {version}." in (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert f"Caddy must be {version} or newer." in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_secrets_are_made_once_and_differ(copied: Path, tmp_path: Path) -> None:
    made = {file.name: file.read_text(encoding="utf-8") for file in (copied / "secrets").iterdir()}
    assert set(made) == {"secret-key", "database-password", "database-url", "queue-url", "queue.conf", "store.env", "store.json"}
    assert (copied / "secrets").stat().st_mode & 0o777 == 0o700
    assert made["database-url"] == f"postgresql://nbinsight:{made['database-password']}@database:5432/nbinsight"
    assert re.fullmatch("[0-9a-f]{64}", made["secret-key"])
    [identity] = json.loads(made["store.json"])["identities"]
    [credentials] = identity["credentials"]
    assert made["store.env"].split() == [
        f"AWS_ACCESS_KEY_ID={credentials['accessKey']}",
        f"AWS_SECRET_ACCESS_KEY={credentials['secretKey']}",
    ]
    again = subprocess.run([copied / "make-secrets"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    assert (again.returncode, again.stderr) == (1, "deploy/secrets is there already: nothing was changed.\n")
    assert {file.name: file.read_text(encoding="utf-8") for file in (copied / "secrets").iterdir()} == made
    other = Path(shutil.copy(copied / "make-secrets", tmp_path))
    subprocess.run([other], check=True, capture_output=True, timeout=30)  # noqa: S603
    assert (tmp_path / "secrets" / "secret-key").read_text(encoding="utf-8") != made["secret-key"]
