"""The two texts of the schema: for the composer of a gateway, and for clients."""

from typing import Final

from graphql import DirectiveNode, FieldDefinitionNode, Node, SchemaDefinitionNode, TypeDefinitionNode, Visitor, parse, visit
from graphql.language.visitor import VisitorActionEnum

from server.schema.federation import Subgraph

_NAMES: Final = frozenset({"_Any", "_Entity", "_Service", "_entities", "_service"})
_DIRECTIVES: Final = frozenset({"key", "link", "shareable"})


def federation_sdl(schema: Subgraph) -> str:
    """Print what `_service` answers."""
    return schema.as_str()


def plain_sdl(schema: Subgraph) -> str:
    """Print the schema that clients are written against: without what only a gateway asks, letter for letter otherwise."""
    text = schema.as_str()
    places = _OnlyForGateways()
    visit(parse(text), places)
    kept, end = list[str](), 0
    for start, stop in places.found:
        kept.append(text[end:start].rstrip())
        end = stop
    return "".join(kept) + text[end:]


class _OnlyForGateways(Visitor):
    """Notes where the text speaks of federation, in order."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.found: list[tuple[int, int]] = []

    def enter(self, node: Node, *_: object) -> VisitorActionEnum | None:
        """Note a definition or a directive, and look no further into it."""
        if not _is_only_for_gateways(node) or node.loc is None:
            return None
        self.found.append((node.loc.start, node.loc.end))
        return VisitorActionEnum.SKIP


def _is_only_for_gateways(node: Node) -> bool:
    match node:
        case SchemaDefinitionNode():
            return True  # it carries @link; the root types have the names that go without saying
        case DirectiveNode():
            return node.name.value in _DIRECTIVES
        case FieldDefinitionNode() | TypeDefinitionNode():
            return node.name.value in _NAMES
        case _:
            return False
