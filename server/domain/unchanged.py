"""An input that was left out, where null has a meaning of its own."""

from typing import Final


class Unchanged:
    """Stands for what is to stay as it is."""


UNCHANGED: Final = Unchanged()
