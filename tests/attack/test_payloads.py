"""There are enough payloads, each another, and always the same."""

from collections import Counter

from tests.attack.carriers import CARRIERS
from tests.attack.payloads import MARK, payloads
from tests.attack.seeds import SEEDS

BEACON = "http://127.0.0.1:9"


def test_there_are_seeds_enough_and_each_is_another() -> None:
    assert len({f"{seed.carrier} {seed.content}" for seed in SEEDS}) == len(SEEDS)
    assert len(SEEDS) >= 800
    families = Counter(seed.family for seed in SEEDS)
    assert min(families.values()) >= 4
    assert len(families) >= 30


def test_there_are_payloads_enough_and_each_is_another() -> None:
    made = payloads(BEACON)
    unnumbered = {
        f"{payload.cell} {payload.notebook}".replace(f"{MARK},{payload.number}", "").replace(f"/p{payload.number}x", "") for payload in made
    }
    assert len(made) == len(unnumbered)
    assert len(made) >= 2_000
    assert [payload.number for payload in made] == list(range(1, len(made) + 1))
    assert {seed.carrier for seed in SEEDS if seed.carrier} <= set(CARRIERS)


def test_payloads_are_the_same_each_time() -> None:
    assert payloads(BEACON) == payloads(BEACON)


def test_no_word_of_a_seed_is_left_in_a_payload() -> None:
    words = ("%JS%", "%SAW%", "%URL%", "%HOST%", "%ID%")
    assert [payload.name for payload in payloads(BEACON) if any(word in f"{payload.cell} {payload.notebook}" for word in words)] == []
