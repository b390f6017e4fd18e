"""Gateways in front of a running nbinsight and another subgraph: who asks is passed on, what is hidden stays so."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.gateway.conftest import HIDDEN, SHOWN, Demo
from tests.gateway.programs import HERE, Listening, compose, listening_gateway, listening_node

INSIGHT: Final = "query($id: ID!) { insight(id: $id) { name model notebook { name } } }"
MODELS: Final = "{ models { name report { name model owner { login displayName } } } }"
MAINTAINERS: Final = "{ models { name maintainer { displayName } } }"


@dataclass(frozen=True, slots=True)
class Graph:
    """A gateway, whose it is, and the catalogue behind it."""

    name: str
    gateway: Listening
    catalogue: Listening


@pytest.fixture(scope="module", params=["apollo", "hive"])
def graph(request: pytest.FixtureRequest, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """Each gateway over the supergraph that its own makers' composer makes; Hive's is configured as the page says."""
    models = [
        {"name": "sales", "report": demo.insights[SHOWN], "maintainer": "wim"},
        {"name": "churn-2", "report": demo.insights[HIDDEN], "maintainer": "nobody"},
    ]
    with ExitStack() as running:
        catalogue = running.enter_context(listening_node("catalogue.mjs", json.dumps(models)))
        composer = {"apollo": "apollo", "hive": "guild"}[request.param]
        subgraphs = {
            "nbinsight": (demo.server.address, demo.sdl),
            "catalogue": (catalogue.address, (HERE / "catalogue.graphql").read_text("utf-8")),
        }
        supergraph = compose(composer, subgraphs)["supergraph"]
        gateway = running.enter_context(listening_gateway(request.param, tmp_path_factory.mktemp("graph"), supergraph))
        yield Graph(request.param, gateway, catalogue)


def data(graph: Graph, query: str, token: str | None, **variables: object) -> dict[str, Any]:
    """Ask the gateway."""
    answer: dict[str, Any] = graph.gateway.ask(query, token, variables)["data"]
    return answer


def test_an_insight_is_joined_with_what_another_subgraph_knows_of_it(graph: Graph, demo: Demo) -> None:
    answer = graph.gateway.ask(INSIGHT, demo.tokens["dora"], {"id": demo.insights[SHOWN]})
    assert answer == {"data": {"insight": {"name": SHOWN, "model": "sales", "notebook": {"name": "Weekly sales"}}}}


def test_a_hidden_insight_is_null_by_id_like_one_that_does_not_exist(graph: Graph, demo: Demo) -> None:
    hidden = graph.gateway.ask(INSIGHT, demo.tokens["dora"], {"id": demo.insights[HIDDEN]})
    absent = graph.gateway.ask(INSIGHT, demo.tokens["dora"], {"id": f"i{'0' * 26}"})
    assert hidden == absent == {"data": {"insight": None}}


def test_of_what_another_subgraph_refers_to_each_sees_what_they_may(graph: Graph, demo: Demo) -> None:
    owner = {"login": "wim", "displayName": "Wim, writer"}
    shown = {"name": "sales", "report": {"name": SHOWN, "model": "sales", "owner": owner}}
    hidden = {"name": "churn-2", "report": {"name": HIDDEN, "model": "churn-2", "owner": owner}}
    assert data(graph, MODELS, demo.tokens["wim"]) == {"models": [shown, hidden]}
    assert data(graph, MODELS, demo.tokens["dora"]) == {"models": [shown, {"name": "churn-2", "report": None}]}


def test_somebody_is_found_by_login(graph: Graph, demo: Demo) -> None:
    assert data(graph, MAINTAINERS, demo.tokens["dora"]) == {
        "models": [{"name": "sales", "maintainer": {"displayName": "Wim, writer"}}, {"name": "churn-2", "maintainer": None}]
    }


def test_nobody_sees_what_is_ours_and_still_what_is_open_elsewhere(graph: Graph) -> None:
    answer = graph.gateway.ask(MODELS)
    assert answer["data"] == {"models": [{"name": "sales", "report": None}, {"name": "churn-2", "report": None}]}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHENTICATED"}


def test_a_wrong_token_opens_nothing(graph: Graph) -> None:
    answer = graph.gateway.ask("{ viewer { user { login } } }", "nbi_wrong")
    assert answer["data"] == {"viewer": None}
    assert answer["errors"]


def test_two_people_at_one_gateway_are_told_apart(graph: Graph, demo: Demo) -> None:
    who = "{ viewer { user { login } } }"
    for login in ("dora", "wim", "dora"):
        assert data(graph, who, demo.tokens[login]) == {"viewer": {"user": {"login": login}}}
    assert data(graph, who, None) == {"viewer": None}


def test_the_token_reaches_the_other_subgraph_if_the_gateway_is_told_so(graph: Graph, demo: Demo) -> None:
    before = len(graph.catalogue.lines)
    data(graph, "{ models { name } }", demo.tokens["ana"])
    assert graph.catalogue.lines[before:] == [{"apollo": f"Bearer {demo.tokens['ana']}", "hive": "nobody"}[graph.name]]


def test_a_mutation_goes_through(graph: Graph, demo: Demo) -> None:
    query = """mutation($id: ID!) { updateInsight(input: { insightId: $id, description: "Told through a gateway" }) {
        insight { description model } errors { message } } }"""
    done = data(graph, query, demo.tokens["wim"], id=demo.insights[SHOWN])
    assert done == {"updateInsight": {"insight": {"description": "Told through a gateway", "model": "sales"}, "errors": []}}
