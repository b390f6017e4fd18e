"""What stands around the application when it is served: each is outside what it must see before others change it."""

import os
from typing import Any, cast

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.app import Application
from server.cli.leaving import EndsStreams
from server.http.credentials import RemembersPeer


def served(application: Application) -> ASGIApp:
    """Wrap the application.

    Proxies named by FORWARDED_ALLOW_IPS, which is uvicorn's variable, may say where a client is: callers who are not signed in are told
    apart by that. uvicorn would let them say it before anybody has seen who they are themselves, hence it is told to leave it.
    """
    inner = EndsStreams(application.asgi, application.end_streams, delay_seconds=application.parts.settings.stop_delay_seconds)
    trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    proxies = ProxyHeadersMiddleware(cast("Any", inner), trusted)
    return RemembersPeer(cast("ASGIApp", proxies), proxies.trusted_hosts)
