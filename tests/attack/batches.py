"""Notebooks full of payloads, with harmless cells between them that must stay what and where they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.attack.payloads import Payload
from tests.attack.scene import PROJECT, Scene, Shown
from tests.fixtures import make
from tests.fixtures.make import Node

CELLS: Final = 40
"""Payloads of one notebook."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Payloads that share a notebook, whose names and metadata may be hostile as well."""

    number: int
    payloads: tuple[Payload, ...]
    around: Payload | None

    @property
    def everything(self) -> tuple[Payload, ...]:
        return (*self.payloads, *((self.around,) if self.around else ()))

    def notebook(self) -> Node:
        """Return the notebook: each payload, and behind it a cell that says `sentinel` and the payload's number."""
        cells: list[Node] = []
        for payload in self.payloads:
            assert payload.cell is not None
            cells += (_with_id(payload.cell.node, payload.number), make.markdown(f"sentinel {payload.number}", id=f"s-{payload.number}"))
        return make.notebook(*cells, metadata=self._around() if self.around and self.around.seed.family != "names" else {})

    def _around(self) -> Node:
        assert self.around is not None
        assert self.around.notebook is not None
        return self.around.notebook

    def publish(self, scene: Scene, *, project: str = PROJECT, **given: Any) -> Shown:  # noqa: ANN401  as Scene.look takes them
        """Publish the notebook and return what the victim gets."""
        names = self._around() if self.around and self.around.seed.family == "names" else {}
        name = names.get("name") or f"batch {self.number}"
        export = scene.publish(self.notebook(), name=name, insight=names.get("insight"), label=names.get("label"), project=project)
        return scene.look(export, **given)


def _with_id(cell: Node, number: int) -> Node:
    return {"id": f"p-{number}", **cell}


def batches(payloads: Iterable[Payload], size: int = CELLS) -> Iterator[Batch]:
    """Yield notebooks of payloads; what belongs to a whole notebook goes to one each, until there is none left."""
    known = tuple(payloads)
    cells = [payload for payload in known if payload.cell]
    around = [payload for payload in known if payload.notebook]
    for number, start in enumerate(range(0, len(cells), size)):
        yield Batch(number, tuple(cells[start : start + size]), around[number] if number < len(around) else None)
    assert len(around) <= -(-len(cells) // size), "each has found a notebook"
