"""`nbinsight doctor` on issuers, and on one token that it reads from stdin."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from typer.testing import CliRunner, Result
from typing_extensions import override

from server.cli import app

Invoke = Callable[..., Result]
KEY: Final = RSAKey.generate_key(2048, {"kid": "first"})
NO_BUNDLE: Final = {"NBINSIGHT_GRAPHIQL": "off"}


@pytest.fixture
def issuer() -> Iterator[str]:
    """An issuer that shows its key; return its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = f"http://127.0.0.1:{server.server_port}"
            document = {"issuer": address, "jwks_uri": f"{address}/keys"}
            body = json.dumps({"keys": [KEY.as_dict(private=False)]} if self.path == "/keys" else document).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def setting(address: str, **more: object) -> dict[str, str]:
    return NO_BUNDLE | {"NBINSIGHT_ISSUERS": json.dumps([{"name": "corp", "issuer": address, "audience": "nbinsight", **more}])}


def token(address: str, **given: object) -> str:
    claims: dict[str, Any] = {"iss": address, "aud": "nbinsight", "sub": "s-1", "exp": 4_000_000_000, "preferred_username": "ana"}
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims | given, KEY)


def told(read: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["doctor", "--token", "-"], input=f"{read}\n", env=environment, catch_exceptions=False)


def test_an_issuer_that_answers_is_found_right(invoke: Invoke, issuer: str) -> None:
    done = invoke("doctor", **setting(issuer))
    assert "ok    issuer corp: answers with 1 key\n" in done.stdout
    assert f"corp ({issuer})" in done.stdout
    assert done.exit_code == 0


def test_an_issuer_that_does_not_answer_or_is_another_is_wrong(invoke: Invoke, issuer: str) -> None:
    done = invoke("doctor", **setting("http://127.0.0.1:9"))
    assert "WRONG issuer corp: no keys from http://127.0.0.1:9: ConnectError" in done.stdout
    assert done.exit_code == 1
    done = invoke("doctor", **setting(f"{issuer}/realm"))
    assert "the discovery document is another issuer's, or names no keys." in done.stdout


def test_a_token_is_explained_and_nobody_is_made(invoke: Invoke, issuer: str) -> None:
    assert invoke("user", "add", "boss", "--global-permission", "ADMINISTRATOR").exit_code == 0
    given = setting(issuer, write_scope="nbinsight:write")
    for _ in range(2):
        done = told(token(issuer, groups=["staff", "analysts"]), **given)
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
def test_a_token_that_is_refused_is_told_why(invoke: Invoke, issuer: str, given: dict[str, Any], said: str) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    done = told(token(issuer, **given), **setting(issuer))
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"nbinsight: {said}\n")


def test_without_its_issuer_nobody_can_tell(invoke: Invoke) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    done = told(token("http://127.0.0.1:9"), **setting("http://127.0.0.1:9"))
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
