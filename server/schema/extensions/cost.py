"""What a document asks for, counted in one pass over its syntax: each fragment is looked at once, however often it is spread.

So 2^20 spreads of one fragment cost as much as one. Nothing here trusts the document: it has not been validated yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from server.domain.pages import MAX_FIRST
from server.schema.extensions.prices import SIZE, Price, Prices

MAX_NESTING: Final = 100
"""How deep braces and fragments may lie in each other: Python's own stack has a thousand places."""

_MOST_DIGITS: Final = 9
_INTROSPECTION: Final = frozenset({"__schema", "__type"})
_MISSING: Final = object()


class NestedTooDeeply(Exception):
    """Braces and fragments lie deeper in each other than anybody could mean."""


@dataclass(slots=True)
class Figures:
    """What a selection amounts to.

    `width` is the number of its own fields, `paged` what costs as often as the page around it has entries; what lies below
    `__schema` and `__type` counts in `schema_depth` and `schema_cost` alone.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    width: int = 0
    cost: int = 0
    paged: int = 0
    schema_depth: int = 0
    schema_cost: int = 0

    def add(self, other: "Figures", *, counts: bool = True) -> None:
        """Add what lies beside; without `counts`, what @skip and @include leave out, which costs nothing."""
        self.depth = max(self.depth, other.depth)
        self.schema_depth = max(self.schema_depth, other.schema_depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.width += other.width
        if counts:
            self.cost += other.cost
            self.paged += other.paged
            self.schema_cost += other.schema_cost


class Measuring:
    """One pass over a document with the variables of the operation that is to run."""

    def __init__(self, prices: Prices, document: DocumentNode, operation: OperationDefinitionNode | None, given: Mapping[str, Any]) -> None:
        """Look nothing up yet; `visited` counts the fields and fragments that were looked at."""
        self._prices = prices
        self._document = document
        self._variables = _defaults_of(operation) | dict(given)
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragments.setdefault(definition.name.value, definition)
        self._known: dict[str, Figures] = {}
        self._under_way: set[str] = set()
        self.visited = 0

    def all(self) -> list[tuple[OperationDefinitionNode | FragmentDefinitionNode, Figures]]:
        """Measure each definition, also fragments that nothing spreads: validation walks through those too.

        Raises NestedTooDeeply.
        """
        found: list[tuple[OperationDefinitionNode | FragmentDefinitionNode, Figures]] = []
        for definition in self._document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                found.append((definition, self._operation(definition)))
            elif isinstance(definition, FragmentDefinitionNode):
                found.append((definition, self._fragment(definition, 0)))
        return found

    def _operation(self, operation: OperationDefinitionNode) -> Figures:
        figures = Figures(directives=len(operation.directives or ()))
        for variable in operation.variable_definitions or ():
            figures.directives += len(variable.directives or ())
        figures.add(self._selection(operation.selection_set, self._prices.roots.get(operation.operation.value), 0))
        return figures

    def _fragment(self, fragment: FragmentDefinitionNode, level: int) -> Figures:
        """Measure a fragment, once; one that spreads itself ends there, and validation says so."""
        name = fragment.name.value
        known = self._known.get(name)
        if known is not None:
            return known
        if name in self._under_way:
            return Figures()
        self._under_way.add(name)
        figures = Figures(directives=len(fragment.directives or ()))
        figures.add(self._selection(fragment.selection_set, fragment.type_condition.name.value, level))
        self._under_way.discard(name)
        self._known[name] = figures
        return figures

    def _selection(self, selection: SelectionSetNode, type_name: str | None, level: int) -> Figures:
        if level > MAX_NESTING:
            raise NestedTooDeeply
        total = Figures()
        for node in selection.selections:
            self.visited += 1
            directives = node.directives or ()
            total.directives += len(directives)
            counts = not self._is_left_out(directives)
            if isinstance(node, FieldNode):
                total.add(self._field(node, type_name, level), counts=counts)
            elif isinstance(node, InlineFragmentNode):
                inner = type_name if node.type_condition is None else node.type_condition.name.value
                total.add(self._selection(node.selection_set, inner, level + 1), counts=counts)
            elif isinstance(node, FragmentSpreadNode) and (fragment := self._fragments.get(node.name.value)) is not None:
                total.add(self._fragment(fragment, level + 1), counts=counts)
        return total

    def _field(self, node: FieldNode, type_name: str | None, level: int) -> Figures:
        name = node.name.value
        price = self._prices.find(type_name, name)
        figures = Figures(depth=1, width=1, aliases=0 if node.alias is None else 1)
        if node.selection_set is None:
            figures.cost = 0 if price is None else price.own
            return figures
        below = self._selection(node.selection_set, None if price is None else price.type_name, level + 1)
        figures.aliases += below.aliases
        figures.directives = below.directives
        if name in _INTROSPECTION:
            figures.cost, figures.schema_cost, figures.schema_depth = 1, below.cost, 1 + max(below.depth, below.schema_depth)
            return figures
        figures.depth += below.depth
        figures.schema_depth = below.schema_depth + 1 if below.schema_depth else 0
        figures.schema_cost = below.schema_cost
        self._charge(figures, below, price, node.arguments or ())
        return figures

    def _charge(self, figures: Figures, below: Figures, price: Price | None, arguments: Sequence[ArgumentNode]) -> None:
        """Multiply what lies below by how often it is expected."""
        if price is None:
            figures.cost = 1 + below.cost + below.paged
        elif price.is_page:
            figures.paged = 1 + below.cost
        elif price.size is None:
            first = SIZE if price.first is None else self._number(arguments, price.first)
            figures.cost = price.own + 1 + below.cost + first * below.paged
        else:
            size = price.size if price.sized_by is None else self._length(arguments, price.sized_by)
            figures.cost = price.own + size * (1 + below.cost)

    def _is_left_out(self, directives: Sequence[DirectiveNode]) -> bool:
        for directive in directives:
            wanted = {"include": False, "skip": True}.get(directive.name.value)
            if wanted is not None and self._value(directive.arguments or (), "if") is wanted:
                return True
        return False

    def _number(self, arguments: Sequence[ArgumentNode], default: int) -> int:
        """Return `first`; of what is too much or no number, as many as a page may have: the field itself refuses it later."""
        value = self._value(arguments, "first")
        if value is _MISSING or value is None:
            return default
        return max(0, min(value, MAX_FIRST)) if isinstance(value, int) and not isinstance(value, bool) else MAX_FIRST

    def _length(self, arguments: Sequence[ArgumentNode], name: str) -> int:
        value = self._value(arguments, name)
        return len(cast("list[object]", value)) if isinstance(value, list) else 1

    def _value(self, arguments: Sequence[ArgumentNode], name: str) -> object:
        node = next((argument.value for argument in arguments if argument.name.value == name), None)
        return _MISSING if node is None else _read(node, self._variables)


def _defaults_of(operation: OperationDefinitionNode | None) -> dict[str, object]:
    variables = operation.variable_definitions if operation is not None else None
    return {entry.variable.name.value: _read(entry.default_value, {}) for entry in variables or () if entry.default_value is not None}


def _read(node: ValueNode, variables: Mapping[str, object]) -> object:
    """Read as much of a value as counting needs."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value, _MISSING)
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= _MOST_DIGITS else MAX_FIRST
    if isinstance(node, BooleanValueNode):
        return node.value
    if isinstance(node, ListValueNode):
        return list(node.values)
    return None if isinstance(node, NullValueNode) else node
