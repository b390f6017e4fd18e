"""Settings: one frozen value, read once from `NBINSIGHT_*`; each secret also from `NBINSIGHT_*_FILE`."""

import errno
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.config.issuers import FOREIGN_SOURCES, Address, Issuer

_MIB = 1024 * 1024

REMOTE_STORES = frozenset({"s3", "gs", "az"})
"""How addresses of stores begin that several machines reach."""

_SIGNING = "Signs content addresses; absent: made once in the data folder. Machines that share a bucket need one and the same."
_BLOBS = "`file:///FOLDER`, `s3://BUCKET/PREFIX`, `gs://…`, `az://…` or `memory://`; absent: `blobs/` in the data folder."


class Settings(BaseSettings):
    """What an operator may choose; names in the environment carry the prefix `NBINSIGHT_`."""

    model_config = SettingsConfigDict(env_prefix="NBINSIGHT_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Field(Path("nbinsight-data"), description="Folder of the SQLite file, the blobs and the secret key.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=256, description="Processes that serve side by side on that port.")
    stop_delay_seconds: float = Field(
        0,
        ge=0,
        le=300,
        description="Time to go on serving after the signal to stop, while `/readyz` says `closing`; what runs then has 30 s.",
    )
    database_url: str | None = Field(
        None, repr=False, description="`sqlite:///FILE` or `postgresql://…`; absent: a SQLite file in the data folder."
    )
    database_pool_size: int = Field(10, gt=0, description="Connections to the database that each process keeps.")
    database_pool_overflow: int = Field(20, ge=0, description="Connections that a process opens beside those while they are all taken.")
    database_pool_wait_seconds: float = Field(3, gt=0, description="Wait for a free connection, until the caller is told to come back.")
    database_pool_recycle_seconds: int = Field(1800, gt=0, description="Age at which a connection makes way for a new one.")
    database_lock_seconds: float = Field(5, gt=0, description="PostgreSQL: wait for what another change holds, until told to come back.")
    database_statement_seconds: float = Field(30, ge=0, description="PostgreSQL: longest time of one statement; 0 for no end.")
    database_idle_seconds: float = Field(60, ge=0, description="PostgreSQL: age at which a change that sleeps is undone; 0 for never.")
    database_pooler: bool = Field(
        default=False, description="Whether a pooler in transaction mode, such as PgBouncer, stands before PostgreSQL."
    )
    store_url: str | None = Field(None, description=_BLOBS)
    secret_key: SecretStr | None = Field(None, description=_SIGNING)
    content_origin: str | None = Field(None, description="Origin that content addresses start with, such as `https://content.example.org`.")
    frame_ancestors: str = Field("'self'", description="Origins that may frame content, separated by spaces.")
    root_path: str = Field("", description="Path under which a reverse proxy serves nbinsight.")
    trusted_documents: Path | None = Field(None, description="Folder of the documents that may run; absent: any may.")
    persisted_queries_bytes: int = Field(16 * _MIB, ge=0, description="Texts of operations kept to be asked for by hash, in bytes.")
    introspection: bool = Field(default=True, description="Whether clients may ask for the schema; gateways may in any case.")
    graphiql: bool = Field(default=True, description="Whether a browser's GET of /graphql shows GraphiQL.")
    fast_execution: bool = Field(
        default=True, description="Whether plain fields are completed in a loop of ours instead of graphql-core's."
    )
    log_sql: bool = Field(default=False, description="Write each statement on stderr behind `sql: `.")
    log_requests: bool = Field(default=True, description="Write a line on stderr for each request; health checks that are well have none.")
    max_notebook_bytes: int = Field(100 * _MIB, gt=0, description="Largest notebook that can be saved, in bytes.")
    max_body_bytes: int = Field(16 * _MIB, gt=0, description="Largest request body but for uploads, in bytes.")
    max_query_bytes: int = Field(100 * 1024, gt=0, description="Longest query text, in bytes.")
    max_representations: int = Field(1000, gt=0, le=10_000, description="Most entities that a gateway may ask for in one `_entities`.")
    max_query_tokens: int = Field(2_000, gt=0, description="Words and signs in the text of an operation.")
    max_query_depth: int = Field(12, gt=0, description="How deep fields may lie in each other.")
    max_introspection_depth: int = Field(20, gt=0, description="The same below `__schema` and `__type`.")
    max_query_aliases: int = Field(30, ge=0, description="Aliases in an operation, fragments counted as often as they are spread.")
    max_query_directives: int = Field(50, ge=0, description="Directives in an operation, counted likewise.")
    max_root_fields: int = Field(20, gt=0, description="Fields at the top of an operation.")
    max_query_cost: int = Field(10_000, gt=0, description="What an operation may cost, reckoned before it runs.")
    max_operation_rows: int = Field(10_000, gt=0, description="Entries of lists that an operation may bring, counted while it runs.")
    max_operation_renders: int = Field(50, ge=0, description="Renderings that an operation may have made which were not kept already.")
    max_response_bytes: int = Field(16 * _MIB, gt=0, description="Largest answer, in bytes; what would break it is null.")
    max_unsent_bytes: int = Field(
        256 * _MIB, gt=0, description="Answers that clients have not taken yet, in a process; one person's are held to a quarter, in bytes."
    )
    max_concurrent_operations: int = Field(8, gt=0, description="Operations of one caller that run side by side in a process; others wait.")
    rate_limit: str = Field(
        "200000/minute",
        pattern=r"^(off|[1-9]\d{0,11}/(second|minute|hour|day))$",
        description="Cost that one caller may cause in a span, or `off`; several workers share it.",
    )
    issuers: Annotated[tuple[Issuer, ...], NoDecode] = Field(
        (), description="Issuers of JWTs that say who somebody is, as a JSON list; absent: none is believed."
    )
    hub_api_url: Address | None = Field(None, description="API of the JupyterHub whose tokens are accepted, such as `http://…/hub/api`.")
    hub_service: str = Field("nbinsight", min_length=1, description="What that Hub calls this service; tokens need access to it.")
    gateway_secret: SecretStr | None = Field(None, min_length=32, description="What gateways show to be believed who they let in.")
    gateway_peers: str = Field("127.0.0.1 ::1", description="Networks that such gateways call from, separated by spaces.")
    gateway_origins: str = Field("", description="Origins of pages that such gateways let open WebSockets, beside the Host's own.")
    redis_url: SecretStr | None = Field(
        None, description="`redis://…` of a Redis or Valkey that several processes count rates in; absent: each counts in memory."
    )
    queue_url: SecretStr | None = Field(
        None, description="`redis://…` or `postgresql://…` by which `nbinsight worker` renders; absent: each server renders itself."
    )
    metrics: bool = Field(default=True, description="Whether metrics are counted, and shown at `/metrics` to programs on this machine.")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Port that shows metrics to whoever reaches it, beside the API's; 0 takes a free one."
    )
    metrics_host: str = Field("127.0.0.1", description="Address on which metrics are shown, to whoever reaches it.")
    max_live_connections: int = Field(100, gt=0, description="WebSockets and event streams that one person may hold in a process.")
    max_live_operations: int = Field(100, gt=0, description="Operations that may run on one WebSocket.")
    live_check_seconds: float = Field(20, gt=0, le=60, description="How often the rights behind what stays open are looked up at least.")
    live_init_seconds: float = Field(10, gt=0, description="Time that a WebSocket has for its `connection_init`.")
    send_timeout_seconds: float = Field(30, gt=0, description="Time after which a connection is cut whose client takes nothing.")
    request_timeout_seconds: float = Field(10, gt=0, description="Deadline of one operation.")
    render_timeout_seconds: float = Field(30, gt=0, description="Longest time one rendering may take.")
    render_memory_bytes: int = Field(2048 * _MIB, gt=0, description="Address space that one rendering may use, in bytes.")
    render_workers: int = Field(2, gt=0, description="Processes that render side by side, for each worker.")
    render_queue: int = Field(32, gt=0, description="Renderings that may wait; more are told to come back.")
    render_wait_seconds: float = Field(8, gt=0, description="Longest wait for a rendering, or its first byte, until told to come back.")
    render_slow_seconds: float = Field(3, gt=0, description="Renderings that run longer leave one of the processes to the others.")
    render_tasks_per_process: int = Field(200, gt=0, description="Tasks after which a rendering process makes way for a new one.")
    render_kept_bytes: int = Field(64 * _MIB, ge=0, description="Finished renderings that stay in memory, in bytes.")
    render_cells_bytes: int = Field(256 * _MIB, ge=0, description="Drawn cells that stay in a temporary file, in bytes.")

    @field_validator("root_path")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("issuers", mode="before")
    @classmethod
    def _of_json(cls, value: object) -> object:
        return orjson.loads(value) if isinstance(value, str) else value

    @field_validator("issuers")
    @classmethod
    def _each_once(cls, value: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
        for what in ("name", "issuer"):
            if len({getattr(issuer, what) for issuer in value}) < len(value):
                msg = f"two issuers have the same {what}"
                raise ValueError(msg)
        if taken := {issuer.name for issuer in value} & FOREIGN_SOURCES:
            msg = f"an issuer cannot be called {taken.pop()}"
            raise ValueError(msg)
        return value

    @field_validator("gateway_peers")
    @classmethod
    def _of_networks(cls, value: str) -> str:
        for peer in value.split():
            ip_network(peer)
        return value

    @property
    def sources(self) -> frozenset[str]:
        """Who vouches for people here: the words that begin the names of the groups that come with them."""
        others = (("hub", self.hub_api_url), ("gateway", self.gateway_secret))
        return frozenset({issuer.name for issuer in self.issuers} | {name for name, given in others if given is not None})

    @property
    def gateway_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of gateways."""
        return tuple(ip_network(peer) for peer in self.gateway_peers.split())

    @property
    def gateway_page_origins(self) -> frozenset[str]:
        """The origins of pages behind gateways, as browsers spell them."""
        return frozenset(origin.rstrip("/").lower() for origin in self.gateway_origins.split())

    @property
    def database(self) -> str:
        """The database's address as given, or that of the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'nbinsight.db').resolve()}"

    @property
    def store(self) -> str:
        """The blob store's address as given, or that of the folder in the data folder."""
        return self.store_url or (self.data_dir / "blobs").resolve().as_uri()

    @property
    def store_is_remote(self) -> bool:
        """Whether other machines may use the same blob store."""
        return self.store.partition("://")[0] in REMOTE_STORES


def origins_of(settings: Settings) -> tuple[str, ...]:
    """Return the origins that browsers know this server by: the configured one, else those of a loopback address, else none."""
    if settings.content_origin:
        return (settings.content_origin,)
    if settings.host in {"127.0.0.1", "localhost"} and not settings.root_path:  # a policy cannot name ::1, nor guess a proxy
        return tuple(f"http://{name}:{settings.port}" for name in ("127.0.0.1", "localhost"))
    return ()


LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine reaches."""

SECRETS = ("database_url", "secret_key", "redis_url", "queue_url", "gateway_secret", "issuers")
"""Settings that a file may hold."""


TARGET: Final = "target_database_url"
"""What `nbinsight migrate-data` reads from the environment, or a file, like a secret of the settings: where everything goes."""


def read_target() -> str | None:
    """Return what `NBINSIGHT_TARGET_DATABASE_URL` says, or its file; None for neither. Raises OSError as load_settings() does."""
    return os.environ.get(f"NBINSIGHT_{TARGET.upper()}") or _in_file(TARGET)


def load_settings(**given: Any) -> Settings:  # noqa: ANN401  the types are those of Settings
    """Read the settings; what is given beats the environment, which beats a `*_FILE`. What is empty counts as absent.

    Raises pydantic's ValidationError, which names the setting at fault, and OSError for a `*_FILE` that cannot be read, or is empty.
    """
    values: dict[str, Any] = {name: read for name in SECRETS if (read := _in_file(name)) is not None}
    values |= {name: value for name, value in given.items() if value is not None and value != ""}
    return Settings(**values)


def _in_file(name: str) -> str | None:
    """Return what the file of a secret holds; None where the environment has the secret itself, or names no file."""
    variable = f"NBINSIGHT_{name.upper()}"
    file = os.environ.get(f"{variable}_FILE")
    if os.environ.get(variable) or not file:
        return None
    if text := Path(file).read_text(encoding="utf-8").strip():
        return text
    raise OSError(errno.ENODATA, "It is empty", file)  # somebody failed to put a secret there: to go on without would be a surprise
