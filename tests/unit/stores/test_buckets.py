"""From an address and the environment to a bucket. Google's and Azure's are asked by a server of ours that notes what comes."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from obstore.exceptions import GenericError
from obstore.store import AzureStore, GCSStore, S3Store
from typing_extensions import override

from server.stores.buckets import Bucket, open_bucket, told
from server.stores.opening import open_store

Patch = pytest.MonkeyPatch
CONTENT = b'{"cells": []}'


@dataclass
class Noted:
    """Requests that came: method, path, and the condition they made."""

    port: int
    requests: list[tuple[str, str, str | None]] = field(default_factory=list[tuple[str, str, str | None]])


@pytest.fixture
def environment(monkeypatch: Patch) -> Patch:
    """Clear what the clouds' tools would read."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "AZURE_"))]:
        monkeypatch.delenv(name)
    return monkeypatch


@contextmanager
def noting(condition: str) -> Iterator[Noted]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            noted.requests.append(("PUT", self.path, self.headers[condition]))
            self.send_response(201)
            for name, value in (("etag", '"x"'), ("content-length", "0"), ("x-goog-generation", "1")):
                self.send_header(name, value)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted = Noted(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield noted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(url: str) -> tuple[Bucket, str]:
    place = open_bucket(urlsplit(url))
    return place.bucket, place.name


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("url", "prefix", "name"),
    [
        ("s3://bucket", None, "s3://bucket"),
        ("s3://bucket/", None, "s3://bucket"),
        ("s3://my-bucket.example/some/where/", "some/where", "s3://my-bucket.example/some/where"),
    ],
)
def test_a_bucket_of_s3_has_its_prefix_and_a_name_without_more(url: str, prefix: str | None, name: str) -> None:
    bucket, called = opened(url)
    assert isinstance(bucket, S3Store)
    assert (bucket.prefix, called) == (prefix, name)


def test_s3_is_configured_by_the_variables_of_its_own_tools(environment: Patch) -> None:
    given = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_SESSION_TOKEN": "token"}
    for name, value in given.items():
        environment.setenv(name, value)
    bucket, _ = opened("s3://bucket/prefix")
    assert isinstance(bucket, S3Store)
    assert bucket.client_options is not None
    assert "allow_http" not in bucket.client_options


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("AWS_ENDPOINT_URL", "s3://bucket"),
        ("AWS_ENDPOINT_URL_S3", "s3://bucket"),
        ("AWS_ENDPOINT", "s3://bucket"),
        ("GOOGLE_BASE_URL", "gs://bucket"),
        ("AZURE_STORAGE_ENDPOINT", "az://container"),
        ("AZURE_ENDPOINT", "az://container"),
    ],
)
def test_plain_http_is_for_this_machine_unless_a_variable_allows_it(environment: Patch, variable: str, url: str) -> None:
    environment.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    for endpoint in ("https://store.example.org", "http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"):
        environment.setenv(variable, endpoint)
        opened(url)
    environment.setenv(variable, "http://user:hunter2@store.example.org:9000")
    allowing = f"{variable.partition('_')[0]}_ALLOW_HTTP"
    with pytest.raises(ValueError, match=f"{variable} is plain http to another machine: make it https, or set {allowing}=true") as caught:
        opened(url)
    assert "hunter2" not in str(caught.value)
    environment.setenv(allowing, "true")
    opened(url)


async def test_google_is_asked_for_the_object_on_condition_that_there_is_none(environment: Patch) -> None:
    with noting("x-goog-if-generation-match") as noted:
        environment.setenv("GOOGLE_BASE_URL", f"http://127.0.0.1:{noted.port}")
        environment.setenv("GOOGLE_BEARER_TOKEN", "token")
        bucket, name = opened("gs://bucket/pre/fix")
        assert isinstance(bucket, GCSStore)
        assert (bucket.prefix, name) == ("pre/fix", "gs://bucket/pre/fix")
        digest = await open_store("gs://bucket/pre/fix").put(CONTENT)
    assert noted.requests == [("PUT", f"/bucket/pre%2Ffix%2F{digest[:2]}%2F{digest[2:]}", "0")]


async def test_azure_is_asked_for_the_object_on_condition_that_there_is_none(environment: Patch) -> None:
    with noting("if-none-match") as noted:
        environment.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{noted.port}")
        environment.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
        environment.setenv("AZURE_SKIP_SIGNATURE", "true")
        bucket, name = opened("az://container/pre/fix")
        assert isinstance(bucket, AzureStore)
        assert (bucket.prefix, name) == ("pre/fix", "az://container/pre/fix")
        digest = await open_store("az://container/pre/fix").put(CONTENT)
    assert noted.requests == [("PUT", f"/container/pre/fix/{digest[:2]}/{digest[2:]}", "*")]


@pytest.mark.usefixtures("environment")
def test_azure_without_an_account_is_refused_with_its_word_for_it() -> None:
    with pytest.raises(ValueError, match="The blob store az://container/p cannot be opened: MissingAccount: see docs"):
        opened("az://container/p")


def test_a_key_that_cannot_be_read_is_refused_and_not_repeated(environment: Patch) -> None:
    environment.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", '{"private_key": "hunter2"')
    with pytest.raises(ValueError, match="The blob store gs://bucket cannot be opened: ") as caught:
        opened("gs://bucket")
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("rest", ["key:hunter2@bucket", "bucket?secret=hunter2", "bucket#hunter2", "", "/prefix", "bucket:80", "Bucket"])
@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_an_address_holds_bucket_and_prefix_and_nothing_else(scheme: str, rest: str) -> None:
    with pytest.raises(ValueError, match=f"A bucket's address is {scheme}://BUCKET or {scheme}://BUCKET/PREFIX; all else comes") as caught:
        open_store(f"{scheme}://{rest}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("environment")
def test_a_prefix_that_no_object_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="The blob store s3://bucket/a//b cannot be opened: ValueError"):
        opened("s3://bucket/a//b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("error sending request", "S cannot be reached"),
        ("PUT http://169.254.169.254/latest/api/token - HTTP error", "S cannot be used: there are no credentials in the environment"),
        ("status code: 403 Forbidden: <Code>InvalidAccessKeyId</Code><AWSAccessKeyId>hunter2<", "S refuses these credentials (InvalidAcc"),
        ("GET http://host/?sig=hunter2 - status code: 401 Unauthorized: ", "S refuses these credentials"),
        ("status code: 404 Not Found: <Code>NoSuchBucket</Code>", "S is not there (NoSuchBucket): make the bucket, or"),
        ("status code: 503 Slow Down: <Code>SlowDown</Code>hunter2", "S answers 503 (SlowDown)"),
    ],
)
def test_of_what_a_bucket_answers_status_and_code_are_told(text: str, said: str) -> None:
    message = told("S", GenericError(text))
    assert message.startswith(f"The blob store {said}")
    assert "hunter2" not in message
