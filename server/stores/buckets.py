"""Which bucket an address means, and how to reach it.

Whatever else it takes comes from the environment, under the names that the clouds' own tools use (`AWS_…`, `GOOGLE_…`, `AZURE_…`);
obstore reads it there.

An operation of ours has 10 seconds. So retries end early, and whoever waits for a bucket gives up after PATIENCE_SECONDS without progress.
"""

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

if TYPE_CHECKING:
    from obstore.store import BackoffConfig, ClientConfig, RetryConfig

PATIENCE_SECONDS: Final = 9.0

_CONNECT_SECONDS: Final = 2
_REQUEST_SECONDS: Final = 60
"""For one request with all its bytes, which may be many on a slow line; that nothing moves is noticed sooner."""
_ENDPOINTS: Final = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
"""The variables that name a server other than the cloud's own."""
_ALLOWS_HTTP: Final = {"s3": "AWS_ALLOW_HTTP", "gs": "GOOGLE_ALLOW_HTTP", "az": "AZURE_ALLOW_HTTP"}
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
_STATUS: Final = re.compile(r"status code: (\d{3})")
_CODE: Final = re.compile(r"<Code>(\w{1,60})</Code>")
_METADATA: Final = ("169.254.169.254", "metadata.google.internal", "metadata")

Bucket = S3Store | GCSStore | AzureStore


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket with the prefix of our objects in it, and its name for messages, which holds no secret."""

    bucket: Bucket
    name: str


def open_bucket(parts: SplitResult) -> Place:
    """Return the bucket of `s3://BUCKET/PREFIX`, `gs://…` or `az://CONTAINER/PREFIX`, without asking whether it is there.

    Raises ValueError for an address or for variables that mean none.
    """
    scheme, prefix = parts.scheme, parts.path.strip("/")
    if not parts.hostname or parts.netloc != parts.hostname or parts.query or parts.fragment:
        message = f"A bucket's address is {scheme}://BUCKET or {scheme}://BUCKET/PREFIX; all else comes from the environment."
        raise ValueError(message)
    name = f"{scheme}://{parts.netloc}/{prefix}".rstrip("/")
    try:
        return Place(_opened(scheme, parts.netloc, prefix, _client(scheme)), name)
    except (BaseError, ValueError) as error:
        # what obstore says may quote a key
        said = str(error) if isinstance(error, _Refused) else f"{_gist(error)}: see docs/how-to/keep-blobs-in-object-storage.md."
        message = f"The blob store {name} cannot be opened: {said}"
        raise ValueError(message) from None


def told(name: str, error: BaseException) -> str:
    """Say what keeps a bucket from answering; of obstore's own text, which holds addresses and keys, the status and its code alone."""
    text = str(error)
    status, code = _STATUS.search(text), _CODE.search(text)
    why = f" ({code[1]})" if code else ""
    if any(f"//{host}/" in text for host in _METADATA):
        return f"The blob store {name} cannot be used: there are no credentials in the environment, and this machine has no role"
    match status[1] if status else None:
        case None:
            return f"The blob store {name} cannot be reached"
        case "401" | "403":
            return f"The blob store {name} refuses these credentials{why}"
        case "404":
            return f"The blob store {name} is not there{why}: make the bucket, or put its name right"
        case number:
            return f"The blob store {name} answers {number}{why}"


class _Refused(ValueError):
    """What we say no to ourselves, so that it can be repeated."""


def _opened(scheme: str, bucket: str, prefix: str, client: "ClientConfig") -> Bucket:
    given = prefix or None
    match scheme:
        case "s3":
            return S3Store(bucket, prefix=given, client_options=client, retry_config=_retries())
        case "gs":
            return GCSStore(bucket, prefix=given, client_options=client, retry_config=_retries())
        case _:
            return AzureStore(bucket, prefix=given, client_options=client, retry_config=_retries())


def _client(scheme: str) -> "ClientConfig":
    """Bound the time of requests; allow plain http to this machine alone, or where a variable allows it."""
    client: ClientConfig = {"connect_timeout": timedelta(seconds=_CONNECT_SECONDS), "timeout": timedelta(seconds=_REQUEST_SECONDS)}
    variable = next((name for name in _ENDPOINTS[scheme] if os.environ.get(name)), None)
    if variable is None:
        return client
    endpoint = urlsplit(os.environ[variable])
    if endpoint.scheme == "http":
        if endpoint.hostname not in _LOOPBACK and os.environ.get(_ALLOWS_HTTP[scheme], "").lower() not in {"1", "true"}:
            message = f"{variable} is plain http to another machine: make it https, or set {_ALLOWS_HTTP[scheme]}=true."
            raise _Refused(message)
        client["allow_http"] = True
    return client


def _retries() -> "RetryConfig":
    backoff: BackoffConfig = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2}
    return {"max_retries": 2, "retry_timeout": timedelta(seconds=4), "backoff": backoff}


def _gist(error: BaseException) -> str:
    """Return obstore's word for what is wrong with its configuration, such as MissingAccount."""
    found = re.search(r"source: (\w+)", str(error))
    return found[1] if found else type(error).__name__
