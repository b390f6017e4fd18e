"""What a document is reckoned to cost, and how much looking that takes."""

from typing import Any, Final

import pytest
from graphql import OperationDefinitionNode, parse

from server.schema.extensions.cost import MAX_NESTING, Figures, Measuring, NestedTooDeeply
from server.schema.extensions.prices import SIZED_BY, Prices
from server.schema.root import make_schema

PRICES: Final = Prices(make_schema()._schema)  # noqa: SLF001  what is measured by

COSTS: Final = {
    "{ __typename }": 0,
    "{ viewer { canWriteCode } }": 1,
    "{ viewer { user { login } } }": 2,
    "{ projects { totalCount } }": 1,
    "{ projects { nodes { key } } }": 1 + 20,
    "{ projects(first: null) { nodes { key } } }": 1 + 20,
    "{ projects(first: 3) { nodes { key } } }": 1 + 3,
    "{ projects(first: 3) { edges { cursor } } }": 1 + 3,
    "{ projects(first: 3) { edges { node { key } } } }": 1 + 3 * 2,
    "{ projects(first: 3) { nodes { key } pageInfo { hasNextPage } } }": 1 + 1 + 3,
    "{ projects(first: 3) { ...P } } fragment P on ProjectConnection { nodes { owner { login } } }": 1 + 3 * 2,
    "{ projects(first: 3) { ... { nodes { notebooks(first: 2) { nodes { name } } } } } }": 1 + 3 * (1 + 1 + 2),
    "{ projects(first: 101) { nodes { key } } }": 1 + 100,
    "{ projects(first: 3000000) { nodes { key } } }": 1 + 100,
    "{ projects(first: 99999999999999999999) { nodes { key } } }": 1 + 100,
    '{ project(key: "A") { dashboards { nodes { id } } } }': 1 + 1 + 4,
    '{ project(key: "A") { dashboards(first: 20) { nodes { id } } } }': 1 + 1 + 20,
    "{ projects(first: 0) { nodes { key } } }": 1,
    "{ projects(first: -5) { nodes { key } } }": 1,
    "{ projects(first: true) { nodes { key } } }": 1 + 100,
    '{ projects(first: "3") { nodes { key } } }': 1 + 100,
    "{ projects(first: [3]) { nodes { key } } }": 1 + 100,
    "{ projects(first: {a: 3}) { nodes { key } } }": 1 + 100,
    '{ dashboard(id: "d") { pages { title } } }': 1 + 2,
    '{ dashboard(id: "d") { pages { tiles { id } } } }': 1 + 2 * (1 + 20),
    '{ dashboard(id: "d") { pages { tiles { ... on InsightTile { rendering { url } } } } } }': 1 + 2 * (1 + 20 * 2),
    '{ dashboard(id: "d") { pages { tiles { ... on InsightTile { rendering { body } } } } } }': 1 + 2 * (1 + 20 * (2 + 50)),
    '{ export(id: "e") { rendering { url body fragment } } }': 2 + 100,
    '{ export(id: "e") { cells(first: 5) { nodes { html } } } }': 1 + 50 + 1 + 5,
    '{ nodes(ids: ["a", "b", "c"]) { id } }': 3,
    '{ nodes(ids: "a") { id } }': 1,
    "{ nodes(ids: []) { id } }": 0,
    'mutation { deleteInsight(input: {insightId: "i"}) { deletedInsightId } }': 10 + 1,
    "{ __schema { queryType { name } } }": 1,
    "{ nothing { here { at(first: 50) { all } } } }": 3,
    "{ projects @skip(if: true) { nodes { key } } }": 0,
    "{ projects @include(if: false) { nodes { key } } }": 0,
    "{ projects @include(if: true) @skip(if: false) { nodes { key } } }": 21,
    "{ ...A ...A } fragment A on Query { viewer { canWriteCode } }": 2,
    "{ ...Nothing }": 0,
    "{ ...A } fragment A on Query { viewer { canWriteCode } ...A }": 1,
    "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer { canWriteCode } ...A }": 1,
}


def measured(text: str, **variables: Any) -> tuple[Figures, int]:  # noqa: ANN401  any JSON
    """Return the figures of the first operation, and how much was visited."""
    document = parse(text)
    operation = next(entry for entry in document.definitions if isinstance(entry, OperationDefinitionNode))
    measuring = Measuring(PRICES, document, operation, variables)
    figures = next(figures for entry, figures in measuring.all() if entry is operation)
    return figures, measuring.visited


@pytest.mark.parametrize("text", COSTS)
def test_the_cost_is_the_sum_of_objects_times_the_sizes_of_lists(text: str) -> None:
    assert measured(text)[0].cost == COSTS[text]


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"n": 7}, 7),
        ({}, 5),
        ({"n": None}, 20),
        ({"n": 2**70}, 100),
        ({"n": -(2**70)}, 0),
        ({"n": "7"}, 100),
        ({"n": 7.5}, 100),
        ({"n": float("nan")}, 100),
        ({"n": [7]}, 100),
        ({"n": {"n": 7}}, 100),
    ],
)
def test_variables_are_looked_up_also_among_defaults(given: dict[str, object], first: int) -> None:
    assert measured("query($n: Int = 5) { projects(first: $n) { nodes { key } } }", **given)[0].cost == 1 + first


def test_a_variable_that_is_not_given_leaves_the_default_of_the_schema() -> None:
    assert measured("query($n: Int) { projects(first: $n) { nodes { key } } }")[0].cost == 21
    assert measured("{ projects(first: $n) { nodes { key } } }")[0].cost == 21


@pytest.mark.parametrize(("ids", "cost"), [(["a"] * 7, 7), ("a", 1), (None, 1), (5, 1), ({"a": 1}, 1)])
def test_a_list_of_ids_costs_its_length(ids: object, cost: int) -> None:
    assert measured("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)[0].cost == cost


def test_entities_of_a_federation_have_their_place_in_the_table() -> None:
    assert SIZED_BY["Query", "_entities"] == "representations"


def test_conditions_may_be_variables() -> None:
    text = "query($all: Boolean = false) { projects @include(if: $all) { nodes { key } } }"
    assert [measured(text)[0].cost, measured(text, all=True)[0].cost, measured(text, all="false")[0].cost] == [0, 21, 21]


def test_what_is_left_out_still_counts_in_all_but_the_cost() -> None:
    figures, _ = measured("{ a: projects @skip(if: true) { nodes { b: key @include(if: false) } } }")
    assert (figures.depth, figures.aliases, figures.directives, figures.width, figures.cost) == (3, 2, 2, 1, 0)


def test_introspection_has_a_depth_and_a_cost_of_its_own() -> None:
    figures, _ = measured("{ viewer { canWriteCode } __schema { types { fields { args { name } } } } }")
    assert (figures.depth, figures.schema_depth, figures.cost) == (2, 5, 2)
    types = len(make_schema()._schema.type_map)  # noqa: SLF001  how many there are
    assert figures.schema_cost == types * (1 + 8 * (1 + 2))


def test_directives_count_wherever_they_stand() -> None:
    text = """query($a: Int @d) @d { ... @d { viewer @d { canWriteCode @d } } ...F @d } fragment F on Query @d { __typename @d }"""
    assert measured(text)[0].directives == 8


def test_a_fragment_bomb_is_looked_at_once() -> None:
    links = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40))
    figures, visited = measured(f"{{ ...F0 }} {links} fragment F40 on Query {{ a: viewer {{ canWriteCode }} }}")
    assert (figures.aliases, figures.cost, figures.width) == (2**40, 2**40, 2**40)
    assert visited == 1 + 40 * 2 + 2


@pytest.mark.parametrize("link", ["...F{}", "viewer {{ ...F{} }}"])
def test_a_chain_that_would_fill_the_stack_is_given_up(link: str) -> None:
    links = " ".join(f"fragment F{i} on Query {{ {link.format(i + 1)} }}" for i in range(MAX_NESTING + 1))
    with pytest.raises(NestedTooDeeply):
        measured(f"{{ ...F0 }} {links} fragment F{MAX_NESTING + 1} on Query {{ __typename }}")


def test_the_example_of_the_docs_costs_what_they_say() -> None:
    text = """{{ project(key: "DEMO") {{ dashboards(first: {first}) {{ nodes {{ name
        pages {{ tiles {{ ... on InsightTile {{ rendering {{ url {body} }} }} }} }} }} }} }} }}"""
    costs = [measured(text.format(first=first, body=body))[0].cost for first, body in ((3, ""), (3, "body"), (10, "body"))]
    assert costs == [251, 6_251, 20_832]
