"""`nbinsight doctor` on issuers, and on one token that it reads from stdin."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from tests.fixtures.issuer import Issuer, issuing

Invoke = Callable[..., Result]
NO_BUNDLE: Final = {"NBINSIGHT_GRAPHIQL": "off"}
GONE: Final = Issuer("http://127.0.0.1:9")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as listening:
        yield listening


def setting(issuer: Issuer, **more: object) -> dict[str, str]:
    return NO_BUNDLE | {"NBINSIGHT_ISSUERS": issuer.setting(**more)}


def told(read: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["doctor", "--token", "-"], input=f"{read}\n", env=environment, catch_exceptions=False)


def test_an_issuer_that_answers_is_found_right(invoke: Invoke, issuer: Issuer) -> None:
    done = invoke("doctor", **setting(issuer))
    assert "ok    issuer corp: answers with 1 key\n" in done.stdout
    assert f"corp ({issuer.address})" in done.stdout
    assert done.exit_code == 0


def test_an_issuer_that_does_not_answer_or_is_another_is_wrong(invoke: Invoke, issuer: Issuer) -> None:
    done = invoke("doctor", **setting(GONE))
    assert "WRONG issuer corp: no keys from http://127.0.0.1:9: ConnectError" in done.stdout
    assert done.exit_code == 1
    done = invoke("doctor", **setting(Issuer(f"{issuer.address}/realm")))
    assert "the discovery document is another issuer's, or names no keys." in done.stdout


def test_a_token_is_explained_and_nobody_is_made(invoke: Invoke, issuer: Issuer) -> None:
    assert invoke("user", "add", "boss", "--global-permission", "ADMINISTRATOR").exit_code == 0
    given = setting(issuer, write_scope="nbinsight:write")
    for _ in range(2):
        done = told(issuer.token(groups=["staff", "analysts"]), **given)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == (
            "provider: corp\nuser:     ana, made on first sight, without rights\ngroups:   corp:analysts, corp:staff\n"
            f"scope:    READ\nends:     {done.stdout.split()[-1]}\n"
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"exp": 1}, "The token is refused: expired."),
        ({"aud": "another"}, "The token is refused: not for us: the claim aud."),
        ({"iss": "https://another.example"}, "The token is refused: an issuer that is not configured."),
    ],
)
def test_a_token_that_is_refused_is_told_why(invoke: Invoke, issuer: Issuer, given: dict[str, Any], said: str) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    done = told(issuer.token(**given), **setting(issuer))
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"nbinsight: {said}\n")


def test_without_its_issuer_nobody_can_tell(invoke: Invoke) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    done = told(GONE.token(), **setting(GONE))
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, "nbinsight: Nobody can tell now: corp does not answer.")


def test_an_access_token_is_explained(invoke: Invoke) -> None:
    assert invoke("user", "add", "boss", "--global-permission", "ADMINISTRATOR").exit_code == 0
    made = invoke("token", "create", "boss")
    [secret] = [word for word in made.stdout.split() if word.startswith("nbi_")]
    done = told(secret, **NO_BUNDLE)
    assert done.stdout.splitlines()[:3] == ["provider: access tokens", "user:     boss", "scope:    READ"]
    assert told("what is this", **NO_BUNDLE).stderr == "nbinsight: That is no token of any kind that these settings accept.\n"


def test_a_token_on_the_command_line_is_not_looked_at(invoke: Invoke) -> None:
    done = invoke("doctor", "--token", "nbi_secret", **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (
        2,
        "nbinsight: Everybody on this machine can read a command line: give the token on stdin, and `--token -`.\n",
    )
