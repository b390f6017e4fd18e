"""What a line of the log looks like, and what never gets into one."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from server.auth.tokens import make_token
from server.http.logs import hide_secrets, set_up_logs


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = kept, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def fail_with(secret: str) -> None:
    message = "it failed"
    if secret:
        raise ValueError(message)


def test_our_own_lines_and_those_of_libraries_are_json_of_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(human=False)
    structlog.get_logger("server.parts").info("started", part="store")
    logging.getLogger("uvicorn.error").warning("slow: %s", 7)
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ours == {"event": "started", "part": "store", "level": "info", "logger": "server.parts", "timestamp": ours["timestamp"]}
    assert theirs == {"event": "slow: 7", "level": "warning", "logger": "uvicorn.error", "timestamp": theirs["timestamp"]}
    assert ours["timestamp"].endswith("Z")


def test_which_rendering_a_line_of_the_queue_is_about_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(human=False)
    logging.getLogger("server.queues").warning("tried again", extra={"rendering": "4d16", "error": "OSError", "else": "not told"})
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["rendering"], line["error"], "else" in line) == ("tried again", "4d16", "OSError", False)


def test_libraries_are_heard_from_warnings_on_and_we_from_information_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(human=False)
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("alembic.runtime.migration").info("Context impl")
    logging.getLogger("server.stores").debug("looking")
    assert capsys.readouterr().err == ""
    logging.getLogger("server.stores").info("opened")
    assert json.loads(capsys.readouterr().err)["event"] == "opened"


@pytest.mark.parametrize("human", [True, False])
def test_a_traceback_is_written_without_the_values_of_variables(capsys: pytest.CaptureFixture[str], *, human: bool) -> None:
    secret = "a value that nobody may read"
    set_up_logs(human=human)
    try:
        fail_with(secret)
    except ValueError:
        structlog.get_logger("server.faults").exception("fault")
    log = capsys.readouterr().err
    assert "ValueError: it failed" in log
    assert "a value that nobody may read" not in log


def test_in_a_terminal_a_line_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(human=True)
    structlog.get_logger("server.parts").warning("not ready", part="store")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "not ready" in line
    assert not line.startswith("{")


def test_secrets_are_taken_out_whoever_logs_them(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(human=False)
    token, jwt = make_token(), "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln-_"
    logging.getLogger("other").error("Bearer %s, %s at /content/%s of postgresql://user:hidden@host/x", token, jwt, "AbC_-" * 30)
    assert json.loads(capsys.readouterr().err)["event"] == "Bearer nbi_…, eyJ… at /content/… of postgresql://***@host/x"


@pytest.mark.parametrize("line", ["nbi_short", "see https://example.org/a:b or ask a@c", "GET /content/ now", '{"event": "plain"}'])
def test_what_is_no_secret_stays(line: str) -> None:
    assert hide_secrets(None, "info", line) == line
