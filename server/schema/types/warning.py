"""Warning."""

import strawberry

from server.resolvers.warnings import Warned
from server.schema.enums import WarningCode


@strawberry.type(description="What went well and yet needs a look.")
class Warning:  # noqa: A001  the API's name
    """Shown beside what was done."""

    code: WarningCode = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is and what to do, for people.")
    can_fix: bool = strawberry.field(description="Whether you may put it right yourself.")

    @classmethod
    def of_all(cls, warned: list[Warned]) -> list["Warning"]:
        """Show warnings."""
        return [cls(code=entry.code, message=entry.message, can_fix=entry.can_fix) for entry in warned]


def no_warnings() -> list[Warning]:
    """Make the empty list that a payload begins with."""
    return []
