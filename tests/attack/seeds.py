"""All seeds: what an attacker would write by hand, one thing each, by family."""

from dataclasses import dataclass
from typing import Final

from tests.attack.carriers import Cell
from tests.attack.families import addresses, bundles, drawings, exfiltration, loading, notebooks, parsers, places, scripts, texts
from tests.fixtures.make import Node


@dataclass(frozen=True, slots=True)
class Seed:
    """One idea: markup with its usual carrier, a whole cell, or what belongs to a notebook."""

    family: str
    name: str
    content: str | Cell | Node
    carrier: str = ""


SEEDS: Final = (
    *(
        Seed(family, name, text, "html")
        for module in (scripts, drawings, loading, addresses, parsers, places, exfiltration)
        for family, seeds in module.FAMILIES.items()
        for name, text in seeds.items()
    ),
    *(Seed(carrier, name, text, carrier) for carrier, seeds in texts.FAMILIES.items() for name, text in seeds.items()),
    *(Seed(family, name, Cell(node)) for family, seeds in bundles.FAMILIES.items() for name, node in seeds.items()),
    *(Seed(family, name, node) for family, seeds in notebooks.FAMILIES.items() for name, node in seeds.items()),
)
