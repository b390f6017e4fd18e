"""The schema as pages to read on a code host: plain Markdown, a page for each kind, everything linked to what it is made of.

The text is `schema.graphql`; what a mutation may answer in `errors` is not in it, so that it is given beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graphql import (
    DEFAULT_DEPRECATION_REASON,
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

FOLDER: Final = "schema"
_ROOTS: Final = {"Query": "queries.md", "Mutation": "mutations.md", "Subscription": "subscriptions.md"}
_BUILT_IN: Final = {
    "ID": "A text that names a thing: [ids](../../api.md#ids).",
    "String": "A text, in Unicode.",
    "Int": "A whole number of 32 bits.",
    "Float": "A number of double precision.",
    "Boolean": "`true` or `false`.",
}
_CHANGES: Final = "Made from `schema.graphql` by `make docs`."

Described = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode | TypeDefinitionNode | DirectiveDefinitionNode
Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode


@dataclass(frozen=True)
class SchemaPages:
    """The pages of one schema; `faults` are the members of `errors` by the name of the mutation."""

    sdl: str
    faults: Mapping[str, Sequence[str]]

    def all(self) -> dict[str, str]:
        """Return each page's text by its place below `docs/reference`."""
        pages = {
            "README.md": self._index(),
            "queries.md": self._queries(),
            "mutations.md": self._mutations(),
            "subscriptions.md": self._subscriptions(),
            "types.md": self._types(),
            "inputs-and-enums.md": self._inputs_and_enums(),
        }
        return {f"{FOLDER}/{name}": "\n".join(lines) + "\n" for name, lines in pages.items()}

    @cached_property
    def _definitions(self) -> dict[str, TypeDefinitionNode]:
        nodes = parse(self.sdl).definitions
        return {node.name.value: node for node in nodes if isinstance(node, TypeDefinitionNode)}

    @cached_property
    def _homes(self) -> dict[str, str]:
        """Where each type is described: page and anchor."""
        return {name: self._home(name, node) for name, node in self._definitions.items()} | dict.fromkeys(
            _BUILT_IN, "inputs-and-enums.md#scalars"
        )

    def _home(self, name: str, node: TypeDefinitionNode) -> str:
        if name in _ROOTS:
            return _ROOTS[name]
        if (mutation := self._mutation_of(name)) is not None:
            return f"mutations.md#{mutation.lower()}"
        if self._is_paging(name):
            return "types.md#lists"
        if isinstance(node, ScalarTypeDefinitionNode):
            return "inputs-and-enums.md#scalars"
        page = "inputs-and-enums.md" if isinstance(node, InputObjectTypeDefinitionNode | EnumTypeDefinitionNode) else "types.md"
        return f"{page}#{name.lower()}"

    def _mutation_of(self, name: str) -> str | None:
        """Return the mutation that alone takes an input, or gives a payload, of that name."""
        stem = name.removesuffix("Input").removesuffix("Payload")
        mutation = stem[:1].lower() + stem[1:]
        return mutation if stem != name and mutation in {field.name.value for field in self._fields("Mutation")} else None

    def _is_paging(self, name: str) -> bool:
        return name.endswith("Connection") or (name.endswith("Edge") and f"{name.removesuffix('Edge')}Connection" in self._definitions)

    def _fields(self, type_name: str) -> Sequence[FieldDefinitionNode]:
        node = self._definitions[type_name]
        return node.fields if isinstance(node, Composite) else ()

    def _index(self) -> list[str]:
        lines = ["# The schema", "", "All that can be asked, done and followed. How to ask: [the API guide](../../api.md).", ""]
        lines += ["| | |", "|---|---|"]
        lines += [
            "| [Queries](queries.md) | where reading starts |",
            "| [Mutations](mutations.md) | each with its input, its answer and its faults |",
            "| [Subscriptions](subscriptions.md) | what can be followed |",
            "| [Types](types.md) | objects, interfaces, unions, lists |",
            "| [Inputs and enums](inputs-and-enums.md) | what arguments take; scalars and directives |",
        ]
        lines += ["", f"The same as text: [schema.graphql](../../../schema.graphql). {_CHANGES}", ""]
        for title, root in (("Queries", "Query"), ("Mutations", "Mutation"), ("Subscriptions", "Subscription")):
            names = [field.name.value for field in self._fields(root)]
            lines += [f"**{title}:** " + " · ".join(f"[{name}]({_ROOTS[root]}#{name.lower()})" for name in names), ""]
        for title, kinds in (
            ("Objects, interfaces, unions", (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, UnionTypeDefinitionNode)),
            ("Inputs", (InputObjectTypeDefinitionNode,)),
            ("Enums", (EnumTypeDefinitionNode,)),
            ("Scalars", (ScalarTypeDefinitionNode,)),
        ):
            named = [f"[{name}]({self._homes[name]})" for name in self._own(*kinds)]
            lines += [f"**{title}:** " + " · ".join(named), ""]
        return lines[:-1]

    def _own(self, *kinds: type[TypeDefinitionNode]) -> list[str]:
        """Return the names of types that have a section of their own, by the alphabet."""
        return sorted(
            name
            for name, node in self._definitions.items()
            if isinstance(node, kinds) and name not in _ROOTS and self._mutation_of(name) is None and not self._is_paging(name)
        )

    def _queries(self) -> list[str]:
        lines = ["# Queries", "", f"{_said(self._definitions['Query'])} {_CHANGES}"]
        for field in self._fields("Query"):
            lines += self._root_field(field)
        return lines

    def _subscriptions(self) -> list[str]:
        lines = [
            "# Subscriptions",
            "",
            f"{_said(self._definitions['Subscription'])} How: [Follow changes](../../how-to/follow-changes.md).",
        ]
        for field in self._fields("Subscription"):
            lines += self._root_field(field)
        return lines

    def _root_field(self, field: FieldDefinitionNode) -> list[str]:
        lines = [
            "",
            f"## {field.name.value}",
            "",
            " ".join([*_deprecation(field), _said(field)]),
            "",
            f"Gives {self._type(field.type)}.{_rule(field)}",
        ]
        if field.arguments:
            lines += ["", *self._inputs(field.arguments, "argument")]
        return lines

    def _mutations(self) -> list[str]:
        lines = ["# Mutations", "", f"{_said(self._definitions['Mutation'])} {_CHANGES}", ""]
        lines += ["Each takes one argument, `input`, and gives a payload or, with an error at the top level, null.", ""]
        lines += ["| mutation | what it does |", "|---|---|"]
        lines += [f"| [{field.name.value}](#{field.name.value.lower()}) | {_cell(_first(field))} |" for field in self._fields("Mutation")]
        for field in self._fields("Mutation"):
            given, payload = _name(field.arguments[0].type), _name(field.type)
            lines += ["", f"## {field.name.value}", "", " ".join([*_deprecation(field), _said(field)]) + _rule(field), ""]
            lines += [f"`{given}`: {_said(self._definitions[given])}", "", *self._inputs(self._input_fields(given), "input")]
            lines += ["", f"`{payload}`: {_said(self._definitions[payload])}", "", *self._outputs(self._fields(payload))]
            members = ", ".join(self._link(name) for name in self.faults[field.name.value])
            lines += ["", f"In `errors`: {members}." if members else "`errors` is always empty."]
        return lines

    def _input_fields(self, name: str) -> Sequence[InputValueDefinitionNode]:
        node = self._definitions[name]
        return node.fields if isinstance(node, InputObjectTypeDefinitionNode) else ()

    def _types(self) -> list[str]:
        lines = ["# Types", "", f"Objects, interfaces, unions, and [lists](#lists) of them by pages. {_CHANGES}"]
        for name in self._own(InterfaceTypeDefinitionNode, UnionTypeDefinitionNode, ObjectTypeDefinitionNode):
            lines += self._object(name)
        return lines + self._lists()

    def _object(self, name: str) -> list[str]:
        node = self._definitions[name]
        lines = ["", f"## {name}", "", _said(node)]
        if isinstance(node, UnionTypeDefinitionNode):
            return [*lines, "", "One of " + ", ".join(self._link(member.name.value) for member in node.types) + "."]
        if isinstance(node, Composite):
            if node.interfaces:
                lines += ["", "Implements " + ", ".join(self._link(interface.name.value) for interface in node.interfaces) + "."]
            if isinstance(node, InterfaceTypeDefinitionNode):
                lines += ["", "Implemented by " + ", ".join(self._link(other) for other in self._implementing(name)) + "."]
            lines += ["", *self._outputs(node.fields)]
            for field in node.fields:
                if field.arguments:
                    lines += ["", f"Arguments of `{field.name.value}`:", "", *self._inputs(field.arguments, "argument")]
        return lines

    def _implementing(self, interface: str) -> list[str]:
        return sorted(
            name
            for name, node in self._definitions.items()
            if isinstance(node, Composite) and interface in {implemented.name.value for implemented in node.interfaces or ()}
        )

    def _lists(self) -> list[str]:
        """Describe the connections once: a test of the schema holds them to one shape."""
        connections = sorted(name for name in self._definitions if name.endswith("Connection"))
        entries = [name.removesuffix("Connection") for name in connections]
        named = ", ".join(f"`{name}` of {self._link(entry)}" for name, entry in zip(connections, entries, strict=True))
        about = f"Each list that may grow long comes by pages ([how to turn them](../../api.md#pages)), as a connection: {named}."
        lines = ["", "## Lists", "", about]
        shape = self._definitions[connections[0]]
        if isinstance(shape, ObjectTypeDefinitionNode):
            lines += ["", "| field of a connection | what it is |", "|---|---|"]
            lines += [f"| `{field.name.value}` | {_cell(_said(field))} |" for field in shape.fields]
        edge = self._definitions[f"{entries[0]}Edge"]
        if isinstance(edge, ObjectTypeDefinitionNode):
            lines += ["", "| field of an edge | what it is |", "|---|---|"]
            lines += [f"| `{field.name.value}` | {_cell(_said(field))} |" for field in edge.fields]
        return lines

    def _inputs_and_enums(self) -> list[str]:
        about = f"What arguments take; the inputs of mutations stand with [the mutations](mutations.md). {_CHANGES}"
        lines = ["# Inputs and enums", "", about]
        for name in self._own(InputObjectTypeDefinitionNode):
            lines += ["", f"## {name}", "", _said(self._definitions[name]), "", *self._inputs(self._input_fields(name), "field")]
        for name in self._own(EnumTypeDefinitionNode):
            node = self._definitions[name]
            lines += ["", f"## {name}", "", _said(node), "", "| value | what it means |", "|---|---|"]
            if isinstance(node, EnumTypeDefinitionNode):
                lines += [f"| `{value.name.value}` | {_cell(' '.join([*_deprecation(value), _said(value)]))} |" for value in node.values]
        lines += ["", "## Scalars", "", "| scalar | what it is |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(_said(self._definitions[name]))} |" for name in self._own(ScalarTypeDefinitionNode)]
        lines += [f"| `{name}` | {text} |" for name, text in _BUILT_IN.items() if f": {name}" in self.sdl or f"[{name}" in self.sdl]
        lines += ["", "## Directives", "", "| directive | what it says |", "|---|---|"]
        directives = [node for node in parse(self.sdl).definitions if isinstance(node, DirectiveDefinitionNode)]
        lines += [f"| `@{node.name.value}` | {_cell(_said(node))} |" for node in directives]
        return lines

    def _outputs(self, fields: Sequence[FieldDefinitionNode]) -> list[str]:
        lines = ["| field | type | what it is |", "|---|---|---|"]
        for field in fields:
            arguments = "(…)" if field.arguments else ""
            words = " ".join([*_deprecation(field), _said(field)]) + _rule(field)
            lines.append(f"| `{field.name.value}{arguments}` | {self._type(field.type)} | {_cell(words)} |")
        return lines

    def _inputs(self, fields: Sequence[InputValueDefinitionNode], title: str) -> list[str]:
        lines = [f"| {title} | type | default | what it is |", "|---|---|---|---|"]
        for field in fields:
            default = "" if field.default_value is None else f"`{print_ast(field.default_value)}`"
            if field.default_value is None and isinstance(field.type, NonNullTypeNode):
                default = "required"
            words = " ".join([*_deprecation(field), _said(field)])
            lines.append(f"| `{field.name.value}` | {self._type(field.type)} | {default} | {_cell(words)} |")
        return lines

    def _type(self, node: TypeNode) -> str:
        """Write a type, with a link to where the named one in it is described."""
        return f"[`{print_ast(node)}`]({self._homes[_name(node)]})"

    def _link(self, name: str) -> str:
        return f"[{name}]({self._homes[name]})"


def _name(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return print_ast(node)


def _said(node: Described) -> str:
    return " ".join(node.description.value.split()) if node.description else ""


def _first(node: Described) -> str:
    """Return the first sentence of a description."""
    head, end, _ = _said(node).partition(". ")
    return f"{head}." if end else head


def _rule(node: FieldDefinitionNode) -> str:
    """Name the row of the table of permissions; the description says in words what it requires."""
    for directive in node.directives or ():
        if directive.name.value == "requiresPermission":
            [action] = [print_ast(argument.value).strip('"') for argument in directive.arguments or () if argument.name.value == "action"]
            return f" Rule: [{action}](../permissions.md#what-each-action-requires)."
    return ""


def _deprecation(node: FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode) -> list[str]:
    """Say that something will go and what to use instead, if it will."""
    marks = [directive for directive in node.directives or () if directive.name.value == "deprecated"]
    reasons = [argument.value.value for mark in marks for argument in mark.arguments or () if isinstance(argument.value, StringValueNode)]
    return [f"**Deprecated:** {(' '.join(reasons) or DEFAULT_DEPRECATION_REASON).rstrip('.')}."] if marks else []


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
