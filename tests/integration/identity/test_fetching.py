"""What an issuer may answer in place of its keys: nothing of it is believed, and nobody waits for it without end."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

import pytest
from typing_extensions import override

from server.auth.credentials import ProviderAway
from server.auth.providers import key_sets
from server.auth.providers.key_sets import KeySet, fetcher
from server.config import Issuer
from tests.fixtures.issuer import KEY

KEYS: Final = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()
Answer = tuple[int, dict[str, str], bytes]
GOOD: Final[Answer] = (200, {}, KEYS)


@contextmanager
def answering(answers: Mapping[str, Answer]) -> Iterator[tuple[str, list[str]]]:
    """Answer `/NAME` as given, and note what was asked for; `/slow` answers a byte, and the rest when the block ends."""
    asked: list[str] = []
    ended = Event()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = answers[self.path.strip("/").partition("/")[0]]
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:1])
            if self.path == "/slow":
                ended.wait()
            else:
                self.wfile.write(body[1:])

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def key_set(address: str, place: str | None) -> KeySet:
    """Return the keys of an issuer whose settings name this place for them; None: the discovery document does."""
    given: dict[str, Any] = {} if place is None else {"key_set_url": f"{address}/{place}"}
    return KeySet("corp", fetcher(Issuer(name="corp", issuer=address, audience=("nbinsight",), **given)), lambda: 0.0)


async def test_good_keys_are_found() -> None:
    with answering({"keys": GOOD}) as (address, asked):
        assert (await key_set(address, "keys").find("first")).kid == "first"
        assert asked == ["/keys"]


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"location": "/keys"}, KEYS),
        (307, {"location": "/keys"}, b""),
        (404, {}, KEYS),
        (500, {}, KEYS),
        (204, {}, b""),
        (200, {}, b""),
        (200, {}, b"<html>sign in</html>"),
        (200, {}, b"\xff\xfe garbage"),
        (200, {}, b"[" * 100_000),
        (200, {}, b'{"keys":' + b"[" * 20_000),
        (200, {}, b'["keys"]'),
        (200, {}, b'{"keys": {"kid": "first"}}'),
        (200, {}, KEYS[:-1] + b', "more": "' + b"x" * 64 * 1024 + b'"}'),
        (200, {"content-encoding": "gzip"}, gzip.compress(KEYS)),
        (200, {"content-length": str(len(KEYS) + 1)}, KEYS),
    ],
    ids=[
        *("redirect", "redirect without a body", "no page", "fault", "nothing", "empty", "page", "bytes", "brackets", "brackets within"),
        *("list", "object in place of a list", "more than 64 KB", "packed", "cut short"),
    ],
)
async def test_what_is_no_key_set_is_not_believed(answer: Answer) -> None:
    with answering({"wrong": answer, "keys": GOOD}) as (address, asked):
        with pytest.raises(ProviderAway, match="corp"):
            await key_set(address, "wrong").find("first")
        assert asked == ["/wrong"]


async def test_an_issuer_that_never_ends_its_answer_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "_TIMEOUT_SECONDS", 0.2)
    with answering({"slow": GOOD}) as (address, _), pytest.raises(ProviderAway, match="corp"):
        await key_set(address, "slow").find("first")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_no_proxy_of_the_environment_answers_for_an_issuer(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with answering({"keys": GOOD}) as (address, _), answering({"keys": (500, {}, b"")}) as (proxy, asked):
        monkeypatch.setenv(variable, proxy)
        assert (await key_set(address, "keys").find("first")).kid == "first"
        assert asked == []


@pytest.mark.parametrize("place", ["http://keys.example/keys", "file:///etc/passwd", "//127.0.0.1/keys", "", None, 7])
async def test_a_discovery_document_leads_nowhere_that_others_may_answer(place: object) -> None:
    documents: dict[str, Answer] = {"keys": GOOD}
    with answering(documents) as (address, asked):
        documents[".well-known"] = (200, {}, json.dumps({"issuer": address, "jwks_uri": place}).encode())
        with pytest.raises(ProviderAway, match="corp"):
            await key_set(address, None).find("first")
        assert asked == ["/.well-known/openid-configuration"]
