"""The Helm chart: what helm makes of it, by Kubernetes' own schemas, and what these do not know of nbinsight."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from server.config import SECRETS, Settings
from tests.deploy.conftest import DEPLOY, run_program

CHART: Final = DEPLOY / "helm" / "nbinsight"
ALL_ON: Final = (
    "ingress.enabled=true",
    "ingress.tlsSecret=tls",
    "server.autoscaling.enabled=true",
    "secretVariables.AWS_ACCESS_KEY_ID=key",
)
VERSIONS: Final = ("1.27.0", "1.33.0", "1.37.0")
UNITS: Final = {"Mi": 2**20, "Gi": 2**30}
Things = dict[tuple[str, str], dict[str, Any]]


def made(*values: str) -> str:
    """Return what helm makes of the chart."""
    return run_program("helm", "template", "nbinsight", CHART, *(f"--set={value}" for value in values))


def things(*values: str) -> Things:
    """Return it by kind and name."""
    return {(thing["kind"], thing["metadata"]["name"]): thing for thing in yaml.safe_load_all(made(*values)) if thing}


def pods(found: Things) -> dict[str, dict[str, Any]]:
    """Return the specification of each pod, by component."""
    specs: dict[str, dict[str, Any]] = {}
    for thing in found.values():
        inner = thing["spec"].get("jobTemplate", thing)["spec"].get("template")
        if inner is not None:
            specs[inner["metadata"]["labels"]["app.kubernetes.io/component"]] = inner["spec"]
    return specs


def size_of(text: str) -> int:
    """Return how many bytes Kubernetes takes a quantity for."""
    return int(text[:-2]) * UNITS[text[-2:]]


def test_helm_finds_nothing() -> None:
    said = run_program("helm", "lint", "--strict", CHART)
    assert "0 chart(s) failed" in said


@pytest.mark.parametrize("values", [(), ALL_ON])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_helm_makes_is_what_kubernetes_takes(version: str, values: tuple[str, ...], tmp_path: Path) -> None:
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(made(*values), encoding="utf-8")
    said = run_program("kubernetes-validate", "--strict", "-k", version, manifests)
    assert said.count(" passed for resource ") == len(things(*values))


def test_everything_is_there() -> None:
    plain = {
        ("Deployment", "nbinsight-server"),
        ("Deployment", "nbinsight-worker"),
        ("Service", "nbinsight"),
        ("PodDisruptionBudget", "nbinsight-server"),
        ("PodDisruptionBudget", "nbinsight-worker"),
        ("Job", "nbinsight-upgrade"),
        ("CronJob", "nbinsight-gc"),
    }
    assert set(things()) == plain
    assert set(things(*ALL_ON)) == plain | {("Ingress", "nbinsight"), ("HorizontalPodAutoscaler", "nbinsight-server")}
    assert set(things("gc.enabled=false")) == plain - {("CronJob", "nbinsight-gc")}


def test_no_pod_may_more_than_it_needs() -> None:
    found = pods(things(*ALL_ON))
    assert set(found) == {"server", "worker", "upgrade", "gc"}
    for component, pod in found.items():
        assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False), component
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert written == {"/tmp", "/var/lib/nbinsight"}  # noqa: S108  where emptyDirs are mounted
        assert "memory" in container["resources"]["limits"]


def test_secrets_are_referred_to_and_never_written_down() -> None:
    for pod in pods(things(*ALL_ON)).values():
        [container] = pod["containers"]
        given = {entry["name"]: entry for entry in container["env"]}
        assert given["NBINSIGHT_DATABASE_URL_FILE"]["value"] == "/run/secrets/nbinsight/database-url"
        assert given["AWS_ACCESS_KEY_ID"]["valueFrom"] == {"secretKeyRef": {"name": "nbinsight", "key": "key"}}
        [secrets] = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "secrets"]
        assert secrets["secretName"] == "nbinsight"
        assert {item["path"] for item in secrets["items"]} == {"secret-key", "database-url", "queue-url"}
        assert len(given) == len(container["env"]), "each variable once"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("existingSecret=", "existingSecret"),
        ("server.settings.NBINSIGHT_DATABASE_URL=postgresql://x", "/server/settings"),
        ("settings.PATH=x", "PATH"),
        ("image.tag=latest", "/image/tag"),
        ("forwardedAllowIps=*", "/forwardedAllowIps"),
        ("server.replicas=0", "/server/replicas"),
        ("server.replica=3", "replica"),
        ("worker.resources.limits.memory=lots", "/worker/resources/limits/memory"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(value: str, says: str) -> None:
    said = run_program("helm", "template", "nbinsight", CHART, f"--set={value}", fails=True)
    assert says in said.replace("'", "").replace(".", "/")


SECRET_VARIABLES: Final = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_TOKEN", "AWS_SSE_CUSTOMER_KEY_BASE64"),
    *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_TOKEN", "AZURE_CLIENT_SECRET"),
    *("GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_BEARER_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
)
"""Of object stores and of OpenTelemetry."""


@pytest.mark.parametrize("name", [*(f"NBINSIGHT_{name.upper()}" for name in SECRETS), *SECRET_VARIABLES])
def test_a_secret_is_no_setting(name: str) -> None:
    said = run_program("helm", "template", "nbinsight", CHART, f"--set-string=settings.{name}=word", fails=True)
    assert f"invalid propertyName '{name}'" in said or "at '/settings': 'not' failed" in said


def test_what_is_no_secret_is_a_setting() -> None:
    files = ("AWS_WEB_IDENTITY_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "AWS_SSE_KMS_KEY_ID")
    ours = [f"NBINSIGHT_{name.upper()}" for name in Settings.model_fields if name not in SECRETS]
    names = [*ours, *files, "OTEL_EXPORTER_OTLP_ENDPOINT", "AWS_ENDPOINT_URL"]
    values = [f"--set-string=settings.{name}=word" for name in names]
    said = run_program("helm", "template", "nbinsight", CHART, *values)
    assert [name for name in names if f'name: {name}, value: "word"' not in said] == []


def test_a_server_is_probed_where_it_says_so_and_given_time_to_end() -> None:
    pod = pods(things())["server"]
    [container] = pod["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    for component in ("server", "worker"):
        assert pods(things())[component]["terminationGracePeriodSeconds"] >= 45


def test_the_database_is_brought_up_to_date_before_anything_is_replaced() -> None:
    job = things()["Job", "nbinsight-upgrade"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["db", "upgrade"]
    for name in ("server", "worker"):
        strategy = things()["Deployment", f"nbinsight-{name}"]["spec"]["strategy"]
        assert strategy == {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize("name", ["server", "worker"])
def test_memory_is_enough_for_what_renders_and_for_what_answers(name: str) -> None:
    [container] = pods(things())[name]["containers"]
    given = {entry["name"]: entry.get("value") for entry in container["env"]}
    rendered = int(given["NBINSIGHT_RENDER_MEMORY_BYTES"]) * int(given["NBINSIGHT_RENDER_WORKERS"])
    assert size_of(container["resources"]["limits"]["memory"]) == rendered + 512 * 2**20


def test_the_number_of_servers_is_left_to_the_autoscaler_where_there_is_one() -> None:
    assert things()["Deployment", "nbinsight-server"]["spec"]["replicas"] == 2
    assert "replicas" not in things(*ALL_ON)["Deployment", "nbinsight-server"]["spec"]


def test_content_has_a_name_of_its_own_and_metrics_have_none() -> None:
    ingress = things(*ALL_ON)["Ingress", "nbinsight"]
    paths = {rule["host"]: {path["path"] for path in rule["http"]["paths"]} for rule in ingress["spec"]["rules"]}
    assert paths == {
        "insights.example.org": {"/", "/graphql", "/graphiql", "/static"},
        "content.example.org": {"/content", "/static"},
    }
    body = ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert re.fullmatch(r"101m", body), "NBINSIGHT_MAX_NOTEBOOK_BYTES, and what a form puts around it"
