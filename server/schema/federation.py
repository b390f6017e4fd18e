"""The schema as a subgraph of Apollo Federation: what `_service` says, and how `_entities` answers without trusting a reference."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Final, cast

import strawberry
from strawberry import federation
from strawberry.federation.schema import FederationAny
from strawberry.printer import print_schema
from typing_extensions import override

from server.domain.errors import QueryTooComplex
from server.schema import masking

FEDERATION_VERSION: Final = "2.3"
"""The newest that every composer reads which a gateway may use: Apollo's own, the one of its compatibility suite, and the Guild's."""

Find = Callable[[str, Mapping[str, object]], Awaitable[object | None]]
"""Finds what a type's name and the rest of a representation name; None for nothing."""


class Subgraph(masking.Schema, federation.Schema):
    """A schema that a gateway can compose; `_entities` is one of its query's own fields."""

    @cached_property
    def _sdl(self) -> str:
        return print_schema(self)

    @override
    def as_str(self) -> str:
        """Print the schema with what a gateway needs, once: anybody may ask for it, and it takes a tenth of a second."""
        return self._sdl


@strawberry.type(name="_Service", description="This server, to a gateway.")
class Service:
    """Federation's own."""

    sdl: str = strawberry.field(description="The schema with its keys, as `nbinsight schema --federation` prints it.")


@strawberry.field(name="_service", description="What a gateway composes a supergraph from; open to everybody.")
def service(info: strawberry.Info[object, None]) -> Service:
    """Answer without a guard."""
    return Service(sdl=info.schema.as_str())


async def answer_references(representations: Sequence[FederationAny], find: Find, *, at_most: int) -> list[object]:
    """Find everything that a gateway refers to, in order and side by side, so that loaders batch it.

    One that cannot be read or names nothing is None, one that fails is its error: neither touches its neighbours.
    Raises QueryTooComplex, before anything is looked up, for more than `at_most`.
    """
    if len(representations) > at_most:
        msg = f"{len(representations):,} representations: refer to at most {at_most:,} at a time."
        raise QueryTooComplex(msg)
    return list(await asyncio.gather(*(_answer(entry, find) for entry in representations), return_exceptions=True))


async def _answer(entry: object, find: Find) -> object | None:
    keys = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
    type_name = keys.get("__typename")
    return await find(type_name, keys) if isinstance(type_name, str) else None
