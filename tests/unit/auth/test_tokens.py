"""Access tokens."""

import re
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from server.auth.tokens import digest_of, make_token


def test_a_token_has_its_shape_and_no_twin() -> None:
    made = {make_token() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"nbi_[A-Za-z0-9_-]{49}", token) for token in made)


def test_its_digest_is_its_sha256() -> None:
    token = make_token()
    assert digest_of(token) == sha256(token.encode()).hexdigest()


@given(st.integers(4, 52), st.characters(exclude_categories=["Cs"]))
def test_a_mistyped_token_is_none(place: int, character: str) -> None:
    token = make_token()
    mistyped = token[:place] + character + token[place + 1 :]
    assert (digest_of(mistyped) is None) is (mistyped != token)


@given(st.text(max_size=60))
def test_any_text_is_none(text: str) -> None:
    assert digest_of(text) is None


def test_a_cut_or_padded_token_is_none() -> None:
    token = make_token()
    for spelling in (token[:-1], f"{token}A", f"{token}\n", f" {token}", token[4:], token.upper(), token * 1000):
        assert digest_of(spelling) is None
