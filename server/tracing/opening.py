"""Whether traces are wanted, which the environment says in the words that OpenTelemetry has for it.

| variable | means |
|---|---|
| `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | one is set: spans are sent there, by OTLP over HTTP |
| `OTEL_SDK_DISABLED=true`, `OTEL_TRACES_EXPORTER=none` | not even then |
| `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` | `http/protobuf`, the only one that is spoken here |
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from server.domain.traces import UNTRACED, Traces

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL: Final = "http/protobuf"
_NEEDED: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


def are_traces_wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether spans are to be sent. Raises ValueError where they cannot be, with what to do about it."""
    endpoint = next((name for name in _ENDPOINTS if environment.get(name)), None)
    if endpoint is None or _is_off(environment):
        return False
    protocol = next((name for name in _PROTOCOLS if environment.get(name)), None)
    if protocol is not None and environment[protocol] != _PROTOCOL:
        msg = f"Traces are sent by {_PROTOCOL} alone: leave {protocol} out, and name in {endpoint} where the collector takes that."
        raise ValueError(msg)
    if not all(_is_installed(package) for package in _NEEDED):
        msg = f"{endpoint} needs OpenTelemetry's packages: pip install 'nbinsight[otel]', or leave it out."
        raise ValueError(msg)
    return True


def open_traces(environment: Mapping[str, str], service: str) -> Traces:
    """Return what sends spans, or forgets them where nobody asks. `service` is what they come from. Raises ValueError."""
    if not are_traces_wanted(environment):
        return UNTRACED
    from server.tracing.spans import sending_traces  # noqa: PLC0415  an extra, which a server without traces need not have

    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return sending_traces(None if named else service)


def _is_off(environment: Mapping[str, str]) -> bool:
    return environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of a package that it would lie in
        return False
