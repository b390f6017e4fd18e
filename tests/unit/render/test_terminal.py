import random
from contextlib import suppress
from time import perf_counter
from typing import Any, cast

import pytest
from nbconvert.filters.ansi import ansi2html

from server.render.terminal import terminal_html

TEXTS = [
    "plain <b> & 'q' \"q\"",
    "\x1b[31mred\x1b[0m plain \x1b[mx",
    "\x1b[1;32mbold green\x1b[22m green\x1b[39m none",
    "\x1b[7minverse\x1b[31mred\x1b[42mon green\x1b[27m not",
    "\x1b[38;5;1ma\x1b[38;5;9mb\x1b[38;5;123mc\x1b[48;5;250md\x1b[38;5;256me\x1b[38;5mf",
    "\x1b[38;2;1;2;3ma\x1b[48;2;1;2;300mb\x1b[38;2;1mc\x1b[38;9md\x1b[49m",
    "\x1b[4munder\x1b[24m\x1b[5mblink\x1b[91mbright\x1b[103mback\x1b[99munknown",
    "\x1b[2Kcleared\x1b[1;xmbroken\x1b[31",
]


def by_nbconvert(text: str) -> str:
    return str(cast("Any", ansi2html)(text)).replace("&#34;", '"').replace("&#39;", "'")


@pytest.mark.parametrize("text", TEXTS)
def test_terminal_text_is_drawn_as_nbconvert_draws_it(text: str) -> None:
    assert terminal_html(text) == by_nbconvert(text)


def test_random_codes_are_drawn_as_nbconvert_draws_them() -> None:
    chance = random.Random(1)  # noqa: S311  no secret
    codes = [str(code) for code in (*range(50), *range(90, 108), 255, 256, 300)] + [""]
    for _ in range(2000):
        text = "".join(f"\x1b[{';'.join(chance.choices(codes, k=chance.randrange(6)))}m{index}" for index in range(4))
        drawn = terminal_html(text)
        with suppress(IndexError):  # nbconvert's, where 38 or 48 is the last number
            assert drawn == by_nbconvert(text), repr(text)


def test_many_codes_take_time_in_proportion() -> None:
    start = perf_counter()
    html = terminal_html("\x1b[31m1\x1b[0m" * 100_000)
    assert perf_counter() - start < 5
    assert html == '<span class="ansi-red-fg">1</span>' * 100_000
