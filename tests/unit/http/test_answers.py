"""Choosing a media type, and the envelope of an answer."""

import orjson
import pytest

from server.http.answers import answer, media_type_for, refusal

NEW, OLD = "application/graphql-response+json", "application/json"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", OLD),
        (NEW.upper(), NEW),
        (f" {NEW} ; charset=utf-8 ; q=0.9 , {OLD};q=0.8", NEW),
        (f"{OLD};q=0.8,{NEW};q=0.9", NEW),
        (f"{NEW};q=0.9,*/*;q=0.9", NEW),
        (f"*/*;q=0.9,{NEW};q=0.9", OLD),
        (f"{NEW};q=nan", OLD),
        (f"{NEW};q=-1", OLD),
        (f"{NEW};q=", OLD),
        (",,;;q=", OLD),
        ("image/png", OLD),
    ],
)
def test_the_heaviest_wish_is_met_and_of_equal_ones_the_first(accept: str, chosen: str) -> None:
    assert media_type_for(accept) == chosen


def test_an_answer_is_for_one_viewer_and_one_media_type() -> None:
    made = answer({"data": None}, accept=NEW, headers={"allow": "POST"})
    assert dict(made.headers) == {
        "content-type": f"{NEW}; charset=utf-8",
        "vary": "accept",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "allow": "POST",
        "content-length": "13",
    }


def test_a_refusal_has_one_error_and_no_data() -> None:
    made = refusal("No.", accept=OLD, status=413, code="TOO_LARGE")
    assert made.status_code == 413
    assert orjson.loads(made.body) == {"errors": [{"message": "No.", "extensions": {"code": "TOO_LARGE"}}]}
