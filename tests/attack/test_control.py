"""The harness can fail: a page without any care shows the same payloads, and they do what they were written for."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from playwright.sync_api import Error

from tests.attack.browsing import STIR, Victim, numbers_in
from tests.attack.listening import Listening
from tests.attack.payloads import Payload

AT_ONCE = 48
CARELESS = f"""async texts => {{
    const stir = {STIR};
    const frames = await Promise.all(texts.map(text => new Promise(done => {{
        const frame = document.createElement('iframe');
        frame.sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads';
        frame.onload = () => done(frame);
        setTimeout(done, 700, frame);
        frame.srcdoc = `<!DOCTYPE html><body>${{text}}`;
        document.getElementById('stage').append(frame);
    }})));
    for (const frame of frames) try {{ stir(frame.contentDocument) }} catch {{ /* it has left */ }}
    await new Promise(done => setTimeout(done, 100));
}}"""
"""Each payload in a document of its own, of the front end's origin; only the page around it is kept from being left."""

SEEDS_THAT_ACT = 400
SEEDS_THAT_READ = 10
"""Floors, not counts: a newer browser may close a way. Chromium 156: 499 of 822 act, 15 read."""


@pytest.mark.timeout(120)
def test_without_care_payloads_run_read_and_send(victim: Victim, host: Listening, hostile: Sequence[Payload]) -> None:
    """Show each seed in its first form, as a page would that trusts its notebooks."""
    first = list({id(payload.seed): payload for payload in reversed(hostile)}.values())[::-1]
    for start in range(0, len(first), AT_ONCE):
        victim.go(f"{host.origin}/")
        with suppress(Error):  # a page that was left, or that is blocked, is what is wanted here
            victim.show(CARELESS, [payload.text for payload in first[start : start + AT_ONCE]])
    seen, sent = victim.seen, numbers_in(victim.heard.lines)
    acted = seen.ran | sent
    print(f"{len(first)} seeds: {len(seen.ran)} run, {len(sent)} ask, {len(acted)} either, {len(seen.read)} read")  # noqa: T201
    families = {payload.seed.family for payload in first if payload.number in acted}
    assert len(acted) >= SEEDS_THAT_ACT
    assert len(seen.read) >= SEEDS_THAT_READ
    assert len(sent) > 0
    assert len(seen.dialogs) > 0
    assert families >= {"scripts", "handlers", "svg", "math", "frames", "addresses", "mutations", "markdown", "cells", "names", "sending"}
    places = {payload.seed.carrier for payload in first if payload.number in acted}
    assert places >= {"html", "markdown", "latex", "stdout", "error", "mermaid", "source"}
