"""The generated client of `nbinsight publish` is that of schema.graphql and of server/cli/operations: `make client` writes it anew."""

import re
import textwrap
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, OperationDefinitionNode, build_schema, parse, print_ast, validate

from server.cli.client import input_types

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "server/cli/client"
SOURCES = sorted((ROOT / "server/cli/operations").glob("*.graphql"))


def written(text: str) -> dict[str, str]:
    """Return each operation as graphql-core prints it, by its name."""
    found = {}
    for definition in parse(text).definitions:
        assert isinstance(definition, OperationDefinitionNode)
        assert definition.name is not None
        found[definition.name.value] = print_ast(definition)
    return found


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text("utf-8"))


def sent() -> dict[str, str]:
    texts = re.findall(r'gql\("""\n(.*?)"""\)', (CLIENT / "client.py").read_text("utf-8"), re.DOTALL)
    return {name: text for one in texts for name, text in written(textwrap.dedent(one)).items()}


def test_the_client_sends_the_operations_as_they_are_written() -> None:
    sources = {name: text for source in SOURCES for name, text in written(source.read_text("utf-8")).items()}
    assert sorted(sources) == ["FindInsights", "Publish", "Save"]
    assert sent() == sources


def test_what_the_client_sends_is_valid_in_the_schema(schema: GraphQLSchema) -> None:
    assert [error.message for text in sent().values() for error in validate(schema, parse(text))] == []


@pytest.mark.parametrize("name", ["PublishNotebookInput", "PinTargetInput", "TileBoxInput"])
def test_inputs_have_the_fields_of_the_schema(schema: GraphQLSchema, name: str) -> None:
    declared = schema.type_map[name]
    assert isinstance(declared, GraphQLInputObjectType)
    fields = getattr(input_types, name).model_fields
    assert {field.alias or own for own, field in fields.items()} == set(declared.fields)


def test_the_client_stands_on_our_transport() -> None:
    assert (CLIENT / "base_client.py").read_text("utf-8").endswith((ROOT / "server/cli/base_client.py").read_text("utf-8"))
