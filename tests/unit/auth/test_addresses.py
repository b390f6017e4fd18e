"""Signed addresses of content."""

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.auth.addresses import AddressSigner, Claims
from server.domain.ids import Kind, new_id
from server.domain.rendering import RenderFormat, RenderProfile, RenderTheme
from server.render.formats import formats

NOW = datetime(2030, 1, 1, 12, 0, 7, tzinfo=UTC)
SIGNER = AddressSigner(lambda: b"k" * 32)
CLAIMS = st.builds(
    Claims,
    export_id=st.builds(new_id, st.just(Kind.EXPORT)),
    format=st.sampled_from(list(formats().values())),
    show_code=st.booleans(),
    theme=st.sampled_from(RenderTheme),
    profile=st.sampled_from(RenderProfile),
    holder=st.builds(new_id, st.just(Kind.ACCESS_TOKEN)),
    tile_id=st.none() | st.builds(new_id, st.just(Kind.TILE)),
)
ONE = Claims("e1", RenderFormat.HTML, show_code=False, theme=RenderTheme.LIGHT, profile=RenderProfile.STATIC, holder="k1")


@given(CLAIMS)
def test_an_address_leads_back_to_its_claims(claims: Claims) -> None:
    address, _ = SIGNER.sign(claims, NOW)
    assert SIGNER.read(address, NOW) == claims
    assert address.isascii()
    assert "/" not in address


@given(CLAIMS, CLAIMS)
def test_what_differs_in_any_claim_has_another_address(one: Claims, other: Claims) -> None:
    assert (SIGNER.sign(one, NOW) == SIGNER.sign(other, NOW)) is (astuple(one) == astuple(other))


@given(CLAIMS, st.integers(0, 400), st.sampled_from("ABCabc019_-=/.+ é\n"))
def test_an_address_with_one_character_changed_leads_nowhere(claims: Claims, place: int, character: str) -> None:
    address, _ = SIGNER.sign(claims, NOW)
    place %= len(address)
    tampered = address[:place] + character + address[place + 1 :]
    assert (SIGNER.read(tampered, NOW) is None) is (tampered != address)


@given(st.text(max_size=700))
def test_any_text_leads_nowhere(text: str) -> None:
    assert SIGNER.read(text, NOW) is None


@pytest.mark.parametrize("second", [0, 1, 149, 150, 151, 299, 300])
def test_an_address_lives_150_to_300_seconds_and_ends_to_the_second(second: int) -> None:
    born = NOW.replace(second=0) + timedelta(seconds=second)
    address, ends = SIGNER.sign(ONE, born)
    assert timedelta(seconds=150) < ends - born <= timedelta(seconds=300)
    assert SIGNER.read(address, ends - timedelta(seconds=1)) == ONE
    assert SIGNER.read(address, ends) is None


def test_an_address_stays_the_same_within_its_bucket() -> None:
    start = NOW.replace(second=0)
    assert len({SIGNER.sign(ONE, start + timedelta(seconds=second)) for second in range(150)}) == 1
    assert SIGNER.sign(ONE, start) != SIGNER.sign(ONE, start + timedelta(seconds=150))


def test_another_key_neither_reads_nor_repeats_it() -> None:
    other = AddressSigner(lambda: b"x" * 32)
    address, _ = SIGNER.sign(ONE, NOW)
    assert other.read(address, NOW) is None
    assert other.sign(ONE, NOW)[0] != address
    assert other.etag("a") != SIGNER.etag("a")


def test_a_claim_cannot_be_moved_into_its_neighbour() -> None:
    """The parts are joined by dots: none of ours holds one, and signing tells two splits apart by the number of parts."""
    shown = replace(ONE, tile_id="t1")
    assert SIGNER.read(SIGNER.sign(shown, NOW)[0], NOW) == shown
    assert SIGNER.read(SIGNER.sign(ONE, NOW)[0], NOW) == ONE


def test_a_tag_is_quoted_stable_and_tells_its_parts_apart() -> None:
    tag = SIGNER.etag("a", "bc")
    assert tag == SIGNER.etag("a", "bc")
    assert (tag[0], tag[-1], len(tag)) == ('"', '"', 34)
    assert len({tag, SIGNER.etag("ab", "c"), SIGNER.etag("abc"), SIGNER.etag("a", "bc", "")}) == 4
