"""From an address to a running server: the socket, uvicorn in process or several workers."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

from pydantic import SecretStr
from pydantic_core import to_json
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn import Config, Server

from server.app import collect_seldom, make_application
from server.cli.connections import protocols
from server.cli.failures import CommandFailed, opening
from server.cli.options import ALL, environment_name
from server.cli.scraping import scraped, scraped_together
from server.cli.serving import served
from server.cli.workers import Workers
from server.config import Settings

_WORKER: Final = "server.cli.worker:make_worker"
_STOP_SECONDS: Final = 30  # what runs may finish: a rendering takes that long at most by default
_STALL_SECONDS: Final = 30  # a worker that does not answer for so long is replaced
_BACKLOG: Final = 2048


def bind(settings: Settings) -> socket.socket:
    """Take the address, without listening yet: callers are refused until the server is ready. Raises CommandFailed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        raise _not_free(settings, error) from error
    return bound


def listen(bound: socket.socket, settings: Settings) -> None:
    """Accept connections from now on; raises CommandFailed where another process has been quicker."""
    try:
        bound.listen(_BACKLOG)
    except OSError as error:
        raise _not_free(settings, error) from error


def address_of(settings: Settings) -> str:
    """Return where the API is, for the one who started it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}{settings.root_path}/graphql"


def stop_quietly_on_signals() -> None:
    """Leave with 0 when asked to stop: uvicorn finishes what runs, then raises the signal anew, which would end in a traceback."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)


def run(settings: Settings, bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until a signal comes, and tell as soon as callers are answered; raises CommandFailed."""
    if settings.workers == 1:
        with opening():
            application = make_application(settings)
        collect_seldom()
        with scraped(settings, application.metrics):
            _Server(_config_of(settings, served(application)), ready).run([bound])
        return
    os.environ.update(environment_of(one_of_several(settings)))
    with scraped_together(settings):
        Workers(_config_of(settings, _WORKER), [bound], ready).run()


class _Server(Server):
    """Tells once it takes requests: a supervisor that was told before would send callers who wait."""

    def __init__(self, config: Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def one_of_several(settings: Settings) -> Settings:
    """Return the settings of one worker: where no Redis counts for all, each lets its part of the rate through."""
    amount, _, span = settings.rate_limit.partition("/")
    if settings.redis_url is not None or not span:
        return settings
    return settings.model_copy(update={"rate_limit": f"{max(1, int(amount) // settings.workers)}/{span}"})


def environment_of(settings: Settings) -> dict[str, str]:
    """Write settings as the environment that load_settings() reads them from, for workers."""
    values = {name: getattr(settings, name) for name in ALL}
    return {environment_name(name): _text_of(value) for name, value in values.items() if value is not None}


def _config_of(settings: Settings, application: ASGIApp | str) -> Config:
    """Configure uvicorn for an application, or for workers that make one each by the function of that name."""
    return Config(
        application,
        factory=isinstance(application, str),
        workers=settings.workers,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
        timeout_worker_healthcheck=_STALL_SECONDS,
        ws_max_size=settings.max_body_bytes,
        **protocols(settings.send_timeout_seconds),
    )


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)


def _text_of(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return to_json(value).decode()
        case _:
            return str(value)


def _not_free(settings: Settings, error: OSError) -> CommandFailed:
    reason = error.strerror or str(error)
    return CommandFailed(f"Cannot listen on {settings.host} port {settings.port}: {reason}. --port takes another, --port 0 any free one.")
