"""From settings to options and back to an environment."""

import os
from collections.abc import Callable
from datetime import timedelta
from inspect import signature
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.auth.private_files import write_private
from server.auth.secret_key import secret_key
from server.cli.failures import CommandFailed
from server.cli.listening import address_of, bind, environment_of, listen, one_of_several
from server.cli.options import ALL, PLACES, environment_name, with_settings
from server.cli.serve import serve
from server.cli.spans import span_of
from server.config import Settings, load_settings


def test_every_setting_is_an_option_of_serve() -> None:
    assert set(Settings.model_fields) <= set(signature(serve).parameters)
    assert set(signature(serve).parameters) - set(Settings.model_fields) == {"demo"}


def test_a_command_gets_settings_made_of_what_was_given_and_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Settings, str]] = []

    @with_settings("data_dir", "port")
    def command(settings: Settings, word: str) -> None:
        seen.append((settings, word))

    monkeypatch.setenv("NBINSIGHT_PORT", "9001")
    monkeypatch.setenv("NBINSIGHT_DATA_DIR", "elsewhere")
    command(data_dir="here", port=None, word="x")
    [(settings, word)] = seen
    assert (settings.data_dir, settings.port, word) == (Path("here"), 9001, "x")


def test_places_are_settings() -> None:
    assert set(PLACES) < set(ALL) == set(Settings.model_fields)


@pytest.mark.parametrize("issuers", [None, '[{"name": "corp", "issuer": "https://id.example.org", "audience": "nbinsight"}]'])
def test_the_environment_of_workers_makes_the_same_settings(monkeypatch: pytest.MonkeyPatch, issuers: str | None) -> None:
    given = load_settings(
        issuers=issuers,
        data_dir=Path("a folder"),
        port=1234,
        introspection=False,
        log_sql=True,
        secret_key="s" * 40,
        database_url="postgresql://u:p@h/x",
        frame_ancestors="'self' https://example.org",
        request_timeout_seconds=2.5,
    )
    for name, value in environment_of(given).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({}, "50000/minute"),
        ({"rate_limit": "3/hour"}, "1/hour"),
        ({"rate_limit": "off"}, "off"),
        ({"redis_url": "redis://127.0.0.1"}, "200000/minute"),
    ],
)
def test_workers_that_count_alone_share_the_rate(given: dict[str, object], rate: str) -> None:
    assert one_of_several(load_settings(workers=4, **given)).rate_limit == rate


@pytest.mark.parametrize("rate", [" ", "on", "0/minute", "10", "10/week", "10 / minute", "-1/minute", "1.5/minute", "10/minute;5/second"])
def test_any_other_rate_is_no_setting(rate: str) -> None:
    with pytest.raises(ValidationError, match="rate_limit"):
        load_settings(rate_limit=rate)


@pytest.mark.parametrize("name", ALL)
def test_what_is_empty_counts_as_absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    usual = load_settings()
    monkeypatch.setenv(environment_name(name), "")
    monkeypatch.setenv(f"{environment_name(name)}_FILE", "")
    assert load_settings() == usual
    assert load_settings(**{name: ""}) == usual


def test_a_file_counts_where_the_variable_is_empty_and_an_empty_option_leaves_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("redis://file\n", encoding="utf-8")
    monkeypatch.setenv("NBINSIGHT_QUEUE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("NBINSIGHT_QUEUE_URL", "")
    assert secret_of(load_settings(queue_url="")) == "redis://file"
    monkeypatch.setenv("NBINSIGHT_QUEUE_URL", "redis://variable")
    assert secret_of(load_settings(queue_url="")) == "redis://variable"
    assert secret_of(load_settings(queue_url="redis://option")) == "redis://option"


def secret_of(settings: Settings) -> str | None:
    return None if settings.queue_url is None else settings.queue_url.get_secret_value()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000/graphql"),
        ({"host": "::1", "port": 9000}, "http://[::1]:9000/graphql"),
        ({"host": "localhost", "root_path": "/notebooks/"}, "http://localhost:8000/notebooks/graphql"),
    ],
)
def test_the_address_is_one_that_a_browser_takes(given: dict[str, object], address: str) -> None:
    assert address_of(load_settings(**given)) == address


@pytest.mark.parametrize(
    ("text", "span"), [("30d", timedelta(days=30)), ("12h", timedelta(hours=12)), ("45m", timedelta(minutes=45)), ("1d", timedelta(days=1))]
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert span_of(text, "--expires-in") == span


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5h", "30 d", "30D", "1w", "1234567d", "30d\n"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(CommandFailed) as raised:
        span_of(text, "--expires-in")
    assert raised.value.exit_code == 2


def test_of_two_that_took_one_address_the_second_to_listen_is_told() -> None:
    with bind(load_settings(port=0)) as first:
        settings = load_settings(port=first.getsockname()[1])
        with bind(settings) as second:
            listen(first, settings)
            with pytest.raises(CommandFailed, match=f"^Cannot listen on 127.0.0.1 port {settings.port}: Address already in use."):
                listen(second, settings)


def test_a_private_file_is_for_its_owner_alone_and_replaces_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secret"
    write_private(file, "first")
    file.chmod(0o644)
    file.with_name("secret.new").write_text("left by a crash", encoding="utf-8")
    write_private(file, "second")
    assert file.read_text(encoding="utf-8") == "second"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]


def write_token(folder: Path) -> None:
    write_private(folder / "admin-token", "x")


def write_key(folder: Path) -> None:
    secret_key(load_settings(data_dir=folder))


@pytest.mark.parametrize(("name", "write"), [("admin-token", write_token), ("secret-key", write_key)])
def test_a_secret_is_on_the_disk_before_its_name_and_its_name_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[Path], None]
) -> None:
    folder = tmp_path / "new" / "data"
    calls, fsync, replace = list[str](), os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        synced = os.fstat(descriptor)
        calls.append(
            "fsync "
            + next(
                (path.name for path in (folder, folder.parent, tmp_path) if path.exists() and os.path.samestat(path.stat(), synced)), "file"
            )
        )
        fsync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        calls.append(f"rename {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write(folder)
    assert calls == [f"fsync {tmp_path.name}", "fsync new", "fsync file", f"rename {name}", "fsync data"]
