"""What holds up whom while answers lie there: bytes, and what is set aside for events."""

import asyncio

from server.http.sending import Outbox

EVENT = 4
ALL = 16 * EVENT
"""So that four events fill what a caller has, and sixteen all there is."""


async def holding_events(box: Outbox, callers: list[str]) -> list[asyncio.Task[None]]:
    """Begin an event on a line of each caller's; return those that wait for room."""

    async def hold(caller: str, begun: asyncio.Event) -> None:
        async with box.line(caller).event():
            begun.set()
            await asyncio.sleep(3600)

    tasks, begun = [], []
    for caller in callers:
        begun.append(asyncio.Event())
        tasks.append(asyncio.create_task(hold(caller, begun[-1])))
    for _ in range(5):
        await asyncio.sleep(0)
    return [task for task, has_begun in zip(tasks, begun, strict=True) if not has_begun.is_set()]


async def test_events_of_one_person_wait_where_a_quarter_is_set_aside_and_requests_do_not() -> None:
    box = Outbox(ALL, EVENT)
    assert len(await holding_events(box, ["one"] * 6)) == 2
    assert not box.line("one").is_full
    assert await holding_events(box, ["other"]) == []


async def test_events_of_all_wait_where_everything_is_set_aside_and_requests_do_not() -> None:
    box = Outbox(ALL, EVENT)
    assert len(await holding_events(box, [str(number) for number in range(18)])) == 2
    assert not box.line("one").is_full
    assert box.unsent == 0


async def test_answers_that_lie_there_hold_up_events_and_requests_of_their_caller() -> None:
    box = Outbox(ALL, EVENT)
    line = box.line("one")
    with line.holding(ALL // 4):
        assert box.line("one").is_full
        assert not box.line("other").is_full
        [waiting] = await holding_events(box, ["one"])
        assert await holding_events(box, ["other"]) == []
    for _ in range(5):
        await asyncio.sleep(0)
    assert not box.line("one").is_full
    assert box.is_full_for_events("one") is False
    assert not waiting.done()
    assert await holding_events(box, ["one"] * 4) != [], "the one that waited has begun, so that only three more have room"


async def test_answers_of_one_connection_hold_up_that_connection_at_an_eighth() -> None:
    box = Outbox(ALL, EVENT)
    line = box.line("one")
    with line.holding(ALL // 8):
        assert line.is_full
        assert not box.line("one").is_full


async def test_answers_of_many_hold_up_everybody_at_the_bound() -> None:
    box = Outbox(ALL, EVENT)
    lines = [box.line(str(number)) for number in range(8)]
    with lines[0].holding(ALL // 2), lines[1].holding(ALL // 2 - 1):
        assert not box.line("other").is_full
        with lines[2].holding(1):
            assert box.line("other").is_full
    assert (box.unsent, dict(box.unsent_by)) == (0, {})


async def test_a_connection_works_out_one_event_at_a_time() -> None:
    box = Outbox(100 * ALL, EVENT)
    line, order = box.line("one"), list[str]()

    async def tell(name: str) -> None:
        async with line.event():
            order.append(f"{name} begins")
            for _ in range(3):
                await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(tell("first"), tell("second"))
    assert order == ["first begins", "first ends", "second begins", "second ends"]
