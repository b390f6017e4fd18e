"""`nbinsight doctor`: what it says of healthy and of broken installations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from server.auth.secret_key import secret_key
from server.config import load_settings
from server.http.graphiql import BUNDLE

Invoke = Callable[..., Result]
DATA = "nbinsight-data"
NO_BUNDLE = {"NBINSIGHT_GRAPHIQL": "off"}


def checks(done: Result) -> dict[str, str]:
    """Return what was found, by what was looked at: "ok: …" or "WRONG: …"."""
    lines = [line.strip().split(maxsplit=1) for line in done.stdout.partition("Checks:\n")[2].splitlines()]
    return {what: f"{word}: {said}" for word, rest in lines for what, _, said in [rest.partition(": ")]}


def settings(done: Result) -> list[list[str]]:
    return [line.split() for line in done.stdout.partition("Checks:\n")[0].splitlines()]


def started(invoke: Invoke, tmp_path: Path) -> None:
    """Leave behind what a first start does, but the listening."""
    assert invoke("user", "add", "boss", "--global-permission", "ADMINISTRATOR").exit_code == 0
    secret_key(load_settings(data_dir=tmp_path / DATA))


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("doctor", **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (0, "")
    absent = {
        "data folder": tmp_path / DATA,
        "secret key": Path(DATA) / "secret-key",
        "store": (tmp_path / DATA / "blobs").as_uri(),
        "database": f"sqlite:///{tmp_path / DATA / 'nbinsight.db'}",
    }
    for what, where in absent.items():
        or_else = ", or empty, as where a disk is not mounted" if what == "store" else ""
        assert checks(done)[what] == f"ok: {where} is not there yet{or_else}: the first `nbinsight serve` makes it"
    assert list(tmp_path.iterdir()) == []


def test_in_a_data_folder_that_is_empty_nothing_is_made(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir()
    done = invoke("doctor", **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (0, "")
    assert checks(done)["data folder"] == f"ok: {tmp_path / DATA}"
    assert [path.name for path in tmp_path.rglob("*")] == [DATA]


def test_before_the_first_start_a_database_elsewhere_is_looked_at_already(
    invoke: Invoke, tmp_path: Path, unmigrated_postgresql_url: str
) -> None:
    done = invoke("doctor", NBINSIGHT_DATABASE_URL=unmigrated_postgresql_url, **NO_BUNDLE)
    assert checks(done)["database"] == "ok: answers"
    assert checks(done)["migrations"].startswith("WRONG: The database has no tables yet")
    assert done.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_of_a_healthy_installation_everything_is_found_right(invoke: Invoke, tmp_path: Path) -> None:
    started(invoke, tmp_path)
    done = invoke("doctor", **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (0, "")
    names = [
        "packages",
        "GraphiQL",
        "scripts of notebooks",
        "traces",
        "data folder",
        "secret key",
        "store",
        "database",
        "migrations",
        "administrator",
    ]
    assert list(checks(done)) == names
    assert all(said.startswith("ok: ") for said in checks(done).values())


def test_each_setting_is_shown_with_where_it_comes_from(invoke: Invoke, tmp_path: Path) -> None:
    started(invoke, tmp_path)
    (tmp_path / "key").write_text("very secret indeed, " * 3, encoding="utf-8")
    given = {"NBINSIGHT_SECRET_KEY_FILE": "key", "NBINSIGHT_PORT": "9000", "NBINSIGHT_DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/x"}
    done = invoke("doctor", "--max-body-bytes", "5", **NO_BUNDLE, **given)
    shown = settings(done)
    assert ["graphiql", "False", "NBINSIGHT_GRAPHIQL"] in shown
    assert ["port", "9000", "NBINSIGHT_PORT"] in shown
    assert ["max_body_bytes", "5", "option", "--max-body-bytes"] in shown
    assert ["host", "127.0.0.1", "default"] in shown
    assert ["secret_key", "(given,", "not", "shown)", "NBINSIGHT_SECRET_KEY_FILE"] in shown
    assert ["database_url", "postgresql://***@127.0.0.1:1/x", "NBINSIGHT_DATABASE_URL"] in shown
    assert checks(done)["secret key"] == "ok: given"
    assert checks(done)["database"].startswith("WRONG: The database postgresql://***@127.0.0.1:1/x cannot be used: ")
    assert "very secret" not in done.output
    assert "hidden" not in done.output


@pytest.mark.parametrize("name", ["database_url", "store_url"])
@pytest.mark.parametrize("given", ["host=db user=u password=hidden", "u:hidden@db/x", "postgresql:u:hidden@db/x", "s3://[hidden"])
def test_what_cannot_be_read_as_an_address_is_not_shown(invoke: Invoke, name: str, given: str) -> None:
    done = invoke("doctor", **NO_BUNDLE, **{f"NBINSIGHT_{name.upper()}": given})
    assert [name, "(cannot", "be", "read,", "not", "shown)", f"NBINSIGHT_{name.upper()}"] in settings(done)
    assert "hidden" not in done.output


def test_an_old_database_is_named_with_what_to_do(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir()
    (tmp_path / DATA / "nbinsight.db").touch()
    done = invoke("doctor", **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (1, "nbinsight: 1 of 9 checks found something wrong.\n")
    assert checks(done)["migrations"].startswith("WRONG: The database has no tables yet")


def test_without_an_administrator_the_next_start_is_named(invoke: Invoke) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    done = invoke("doctor", **NO_BUNDLE)
    assert done.exit_code == 1
    assert checks(done)["administrator"] == "WRONG: nobody is ADMINISTRATOR: the next `nbinsight serve` makes the user admin."


def test_a_key_that_others_may_read_or_that_is_too_short_is_wrong(invoke: Invoke, tmp_path: Path) -> None:
    started(invoke, tmp_path)
    key = tmp_path / DATA / "secret-key"
    key.chmod(0o640)
    assert checks(invoke("doctor", **NO_BUNDLE))["secret key"].startswith("WRONG: others than its owner may read ")
    key.chmod(0o600)
    key.write_text("short", encoding="utf-8")
    done = invoke("doctor", **NO_BUNDLE)
    assert checks(done)["secret key"].startswith("WRONG: NBINSIGHT_SECRET_KEY needs at least 32 bytes")
    assert done.exit_code == 1


def test_a_store_that_cannot_be_written_is_wrong(invoke: Invoke, tmp_path: Path) -> None:
    started(invoke, tmp_path)
    (tmp_path / DATA / "blobs").rename(tmp_path / "away")
    (tmp_path / DATA / "blobs").write_text("in the way", encoding="utf-8")
    found = checks(invoke("doctor", **NO_BUNDLE))
    assert any(said.startswith("WRONG: ") for what, said in found.items() if "store" in what)


def test_a_distribution_that_brings_a_package_server_too_is_named(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "site" / "other_server-1.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other-server\nVersion: 1.0\n", encoding="utf-8")
    (other / "top_level.txt").write_text("server\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    done = invoke("doctor", **NO_BUNDLE)
    assert done.exit_code == 1
    assert checks(done)["packages"].startswith("WRONG: other-server installs a package `server` as well")


def test_the_bundle_of_graphiql_is_looked_for(invoke: Invoke) -> None:
    found = checks(invoke("doctor"))["GraphiQL"]
    assert found == (
        "ok: built" if (BUNDLE / "manifest.json").is_file() else "WRONG: not built: run `python hatch_build.py` in the checkout."
    )


def test_no_address_is_shown_with_its_password(invoke: Invoke) -> None:
    given = {
        "NBINSIGHT_HUB_API_URL": "https://u:hidden@127.0.0.1:1/hub/api",
        "NBINSIGHT_STORE_URL": "ftp://u:hidden@127.0.0.1:1",
        "NBINSIGHT_DATABASE_URL": "postgresql://127.0.0.1:1/x?user=u&password=hidden",
        "NBINSIGHT_ISSUERS": '[{"name": "corp", "issuer": "https://u:hidden@127.0.0.1:1", "audience": "x"}]',
    }
    done = invoke("doctor", **NO_BUNDLE, **given)
    shown = settings(done)
    assert ["hub_api_url", "https://***@127.0.0.1:1/hub/api", "NBINSIGHT_HUB_API_URL"] in shown
    assert ["store_url", "ftp://***@127.0.0.1:1", "NBINSIGHT_STORE_URL"] in shown
    assert ["database_url", "postgresql://127.0.0.1:1/x?user=***&password=***", "NBINSIGHT_DATABASE_URL"] in shown
    assert ["issuers", "corp", "(https://***@127.0.0.1:1)", "NBINSIGHT_ISSUERS"] in shown
    assert done.exit_code == 1
    assert "hidden" not in done.output
