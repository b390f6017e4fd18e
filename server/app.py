"""The composition root: the only module that knows every part."""

import asyncio
import gc
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from server.auth.addresses import AddressSigner
from server.auth.authenticate import Authenticator
from server.auth.foreign import ForeignUsers
from server.auth.providers.opening import providers_of
from server.auth.secret_key import secret_key
from server.config import Settings
from server.context import Parts
from server.db import migrate
from server.db.postgresql import Connections
from server.db.repositories.renderings import Renderings
from server.db.session import Database
from server.db.signals import signals_of
from server.db.watches import Watches
from server.domain.ids import new_id
from server.domain.measures import RENDERS_QUEUED, UNMEASURED, Measures
from server.domain.traces import UNTRACED, Traces
from server.http.content import content_routes
from server.http.documents import documents_of
from server.http.errors import MaskFaults
from server.http.graphiql import graphiql_routes
from server.http.graphql import GraphQLEndpoint
from server.http.health import Check, health_routes
from server.http.logs import set_up_events
from server.http.metrics import PrometheusMeasures, Sampled, metrics_routes
from server.http.places import Places
from server.http.rates import Rates
from server.http.rooted import UnderRootPath
from server.http.sending import Outbox
from server.http.sockets import SocketEndpoint
from server.http.static import static_routes
from server.http.telling import TellsRequests
from server.queues.opening import open_queue
from server.queues.port import RenderQueue
from server.render.keys import renderer_version
from server.render.own_folder import remove_abandoned
from server.render.renderer import Renderer, RenderLimits
from server.schema.loaders import OperationLoaders
from server.schema.root import make_schema
from server.stores.opening import open_store
from server.tracing.opening import open_traces

SERVICE: Final = "nbinsight"
"""What traces come from, unless the environment calls it otherwise."""
_DEPTH_SECONDS: Final = 3
"""How long a scrape waits for the queue, with the time to connect."""
_COLLECT_AFTER: Final = 20_000
"""Objects made and not freed, after which Python looks for circles among them; 700 by itself, which one dashboard has 40 times over."""


@dataclass(frozen=True, slots=True)
class Application:
    """The ASGI application and the parts that commands and tests reach for."""

    asgi: Starlette
    parts: Parts
    authenticator: Authenticator
    end_streams: Callable[[], None]
    outbox: Outbox
    metrics: PrometheusMeasures | None


def make_parts(settings: Settings, measures: Measures = UNMEASURED, traces: Traces = UNTRACED) -> Parts:
    """Join database, store and renderer; the data folder is made, the rest is opened, and the key read, when it is used."""
    database = Database(settings.database, _connections(settings), log_sql=settings.log_sql, measures=measures, traces=traces)
    store = open_store(settings.store, measures)
    limits = RenderLimits(
        timeout_seconds=settings.render_timeout_seconds,
        memory_bytes=settings.render_memory_bytes,
        workers=settings.render_workers,
        queue=settings.render_queue,
        wait_seconds=settings.render_wait_seconds,
        slow_seconds=settings.render_slow_seconds,
        tasks_per_child=settings.render_tasks_per_process,
        kept_bytes=settings.render_kept_bytes,
        cells_bytes=settings.render_cells_bytes,
    )
    return Parts(
        settings=settings,
        database=database,
        store=store,
        renderer=Renderer(store, Renderings(database, now), limits, _queue(settings, traces), measures, traces),
        signer=AddressSigner(partial(secret_key, settings)),
        make_loaders=OperationLoaders,
        rates=_rates(settings),
        watches=Watches(database, signals_of(database)),
        measures=measures,
        traces=traces,
        clock=now,
        new_id=new_id,
    )


def authenticator_of(parts: Parts) -> Authenticator:
    """Join whatever the settings let say who somebody is."""
    users = ForeignUsers(parts.database, parts.clock, parts.new_id)
    providers = providers_of(parts.settings, users, secret_key(parts.settings), parts.clock)
    return Authenticator(parts.database, parts.clock, providers, measures=parts.measures)


def _connections(settings: Settings) -> Connections:
    return Connections(
        size=settings.database_pool_size,
        overflow=settings.database_pool_overflow,
        wait_seconds=settings.database_pool_wait_seconds,
        recycle_seconds=settings.database_pool_recycle_seconds,
        lock_seconds=settings.database_lock_seconds,
        statement_seconds=settings.database_statement_seconds,
        idle_seconds=settings.database_idle_seconds,
        pooler=settings.database_pooler,
    )


def _rates(settings: Settings) -> Rates:
    redis_url = None if settings.redis_url is None else settings.redis_url.get_secret_value()
    return Rates(settings.rate_limit, side_by_side=settings.max_concurrent_operations, redis_url=redis_url)


def _queue(settings: Settings, traces: Traces) -> RenderQueue | None:
    """Open the queue of workers that render, if there are any."""
    if settings.queue_url is None:
        return None
    return open_queue(settings.queue_url.get_secret_value(), version=renderer_version(), most_waiting=settings.render_queue, traces=traces)


def queue_depth(settings: Settings) -> Sampled | None:
    """Return what asks, at each scrape, how many jobs wait in the queue; None where there is no queue."""
    if settings.queue_url is None:
        return None
    queue = open_queue(settings.queue_url.get_secret_value(), version=renderer_version(), most_waiting=0)

    async def ask() -> int | None:
        """Ask by a connection of its own, for a scrape has a thread of its own; None where the queue is away."""
        try:
            async with asyncio.timeout(_DEPTH_SECONDS):
                return await queue.depth()
        except OSError:  # TimeoutError among them
            return None

    return Sampled(RENDERS_QUEUED, ask, queue.close)


def make_application(settings: Settings, traces: Traces | None = None) -> Application:
    """Put the server together, with traces as the environment says unless they are given.

    Raises ValueError for a setting that nothing can be made of.
    """
    set_up_events()
    metrics = PrometheusMeasures(queue_depth(settings)) if settings.metrics else None
    measures = metrics or UNMEASURED
    parts = make_parts(settings, measures, open_traces(os.environ, SERVICE) if traces is None else traces)
    authenticator = authenticator_of(parts)
    content_base = f"{settings.content_origin or ''}{settings.root_path}"
    places = Places(settings.max_live_connections, measures)
    outbox = Outbox(settings.max_unsent_bytes, settings.max_response_bytes, measures)
    documents = documents_of(settings.trusted_documents, settings.persisted_queries_bytes)
    schema = make_schema(introspection=settings.introspection, fast_execution=settings.fast_execution)
    endpoint = GraphQLEndpoint(schema, parts, authenticator, content_base, places, documents, outbox)
    sockets = SocketEndpoint(schema, settings, authenticator, endpoint.connect, places, documents, outbox, measures)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        try:
            await asyncio.to_thread(remove_abandoned)
            yield
        finally:
            if metrics is not None:
                await asyncio.to_thread(metrics.close)
            await close_parts(parts)

    routes: list[BaseRoute] = [
        Route("/", RedirectResponse(f"{settings.root_path}/graphql"), methods=["GET"]),
        Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", sockets.serve),
        *content_routes(parts, authenticator),
        *static_routes(),
        *(graphiql_routes() if settings.graphiql else ()),
        *health_routes(_checks(parts), places.closing),
        *(() if metrics is None else metrics_routes(metrics)),
    ]
    telling = Middleware(
        TellsRequests,
        is_logged=settings.log_requests,
        closing=places.closing,
        root_path=settings.root_path,
        measures=measures,
        traces=parts.traces,
    )
    around = [telling, Middleware(MaskFaults, measures), Middleware(UnderRootPath, settings.root_path)]
    asgi = Starlette(routes=routes, middleware=around, lifespan=lifespan)
    return Application(asgi, parts, authenticator, places.closing.set, outbox, metrics)


def create_app(settings: Settings) -> Starlette:
    """Make the ASGI application."""
    return make_application(settings).asgi


def collect_seldom() -> None:
    """Keep what a server has loaded out of Python's collections, and make these seldom: they took an eighth of a dashboard's time.

    For a process that serves and does nothing else: it is set for the whole of it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


async def close_parts(parts: Parts) -> None:
    """Let go of processes and connections."""
    try:
        await parts.watches.close()
        await parts.renderer.close()
        await parts.rates.close()
    finally:
        await parts.database.close()
        await parts.traces.close()


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


def _checks(parts: Parts) -> dict[str, Check]:
    """Name what readiness takes."""
    queue = {} if parts.renderer.workers is None else {"queue": parts.renderer.workers.check}
    database = parts.database
    return {"database": lambda: _database(database), "store": parts.store.check, "migrations": lambda: _migrations(database), **queue}


async def _database(database: Database) -> None:
    """See that it answers, and that it can write."""
    await database.check()
    await database.check_disk()


async def _migrations(database: Database) -> str | None:
    """Say what is missing.

    Nothing is where a newer nbinsight has gone ahead: else its `db upgrade` would take all that serve out at once.
    """
    state = await migrate.check(database)
    return None if state.is_current or not state.known else state.message
