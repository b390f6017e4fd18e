"""The Info every field of the schema takes."""

from typing import TypeAlias

import strawberry

from server.context import Context

Info: TypeAlias = strawberry.Info[Context, None]  # a `type` statement hides it from Strawberry
