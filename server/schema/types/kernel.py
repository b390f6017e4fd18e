"""Kernel."""

import strawberry

from server.domain import notebooks


@strawberry.type(description="Which kernel a notebook was written for. Nothing here ever runs it.")
class Kernel:
    """As the notebook says; it may say nothing."""

    name: str = strawberry.field(description="The kernel's name, such as `python3` or `ir`; empty if the notebook does not say.")
    display_name: str | None = strawberry.field(description="The kernel's name for people.")
    language: str | None = strawberry.field(description="The programming language.")

    @classmethod
    def of(cls, kernel: notebooks.Kernel) -> "Kernel":
        """Show a kernel."""
        return cls(name=kernel.name, display_name=kernel.display_name, language=kernel.language)
