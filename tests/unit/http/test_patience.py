"""Who waits, and for how long, before a document of theirs is looked at."""

import asyncio

import pytest

from server.http.patience import BURST_SECONDS, LONGEST_SECONDS, PAUSE_SECONDS, Patience

BURST = round(BURST_SECONDS / PAUSE_SECONDS)


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 100.0

    def __call__(self) -> float:
        """Tell them."""
        return self.now


def test_a_burst_of_refused_documents_is_free_and_what_comes_after_it_is_waited_for() -> None:
    patience = Patience(Time())
    for _ in range(BURST):
        patience.refused("one")
    assert patience.owed("one") == pytest.approx(0)
    patience.refused("one")
    assert patience.owed("one") == pytest.approx(PAUSE_SECONDS)
    assert patience.owed("other") == 0


def test_what_is_owed_is_paid_by_time() -> None:
    clock = Time()
    patience = Patience(clock)
    for _ in range(2 * BURST):
        patience.refused("one")
    clock.now += BURST_SECONDS / 2
    assert patience.owed("one") == pytest.approx(BURST_SECONDS / 2)
    clock.now += BURST_SECONDS / 2
    assert patience.owed("one") == 0


async def test_documents_that_come_side_by_side_are_looked_at_one_by_one() -> None:
    patience = Patience(Time())
    for _ in range(BURST + 1):
        patience.refused("one")
    waiting = [asyncio.create_task(patience.wait("one")) for _ in range(3)]
    await asyncio.sleep(0)
    assert patience.owed("one") == pytest.approx(4 * PAUSE_SECONDS)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_owes_nothing_does_not_wait() -> None:
    patience = Patience(Time())
    for _ in range(BURST):
        patience.refused("one")
        await patience.wait("one")
    assert patience.owed("one") == pytest.approx(0)


def test_nobody_waits_longer_than_five_seconds_for_one_document() -> None:
    patience = Patience(Time())
    for _ in range(1000):
        patience.refused("one")
    assert patience.owed("one") == LONGEST_SECONDS == 5


def test_callers_who_owe_nothing_are_forgotten() -> None:
    clock = Time()
    patience = Patience(clock)
    for number in range(4096):
        patience.refused(str(number))
    clock.now += 1
    for _ in range(BURST + 1):
        patience.refused("last")
    assert patience.owed("last") == pytest.approx(PAUSE_SECONDS)
    assert patience.known == 1
