"""Numbers of things, as people read them."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: `1 row`, `1,200 rows`; `many` where that is not `one` and an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
