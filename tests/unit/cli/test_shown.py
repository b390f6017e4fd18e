"""Addresses are shown without what may be secret in them, whatever kind they are of and however broken."""

import pytest

from server.config import without_secrets

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://ada:hunter2@db/nbinsight", "postgresql://***@db/nbinsight"),
        ("postgresql://ada:hun%40hunter2@db:5433/x?sslmode=require", "postgresql://***@db:5433/x?sslmode=require"),
        ("postgresql:///x?host=/run&PASSWORD=hunter2&port=1", "postgresql:///x?host=/run&PASSWORD=***&port=1"),
        ("postgresql://db/x?sslpassword=hunter2&passfile=hunter2", "postgresql://db/x?sslpassword=***&passfile=***"),
        ("postgresql://db/x?pass%77ord=hunter2", "postgresql://db/x?pass%77ord=***"),
        ("redis://:hunter2@host:1/0", "redis://***@host:1/0"),
        ("rediss://hunter2@host/0?password=hunter2&db=1", "rediss://***@host/0?password=***&db=1"),
        ("unix:///run/redis?access_token=hunter2#hunter2", "unix:///run/redis?access_token=***#***"),
        ("s3://key:hunter2@bucket/prefix?secret=hunter2#hunter2", "s3://***@bucket/prefix?secret=***#***"),
        ("s3://b?secret_access_key=hunter2&aws_session_token=hunter2", "s3://b?secret_access_key=***&aws_session_token=***"),
        ("https://b.s3.example.org/k?X-Amz-Signature=hunter2&region=eu", "https://b.s3.example.org/k?X-Amz-Signature=***&region=eu"),
        ("az://c/p?sv=2024&sig=hunter2", "az://c/p?sv=***&sig=***"),
        ("az://c/p?account_key=hunter2;sig=hunter2", "az://c/p?account_key=***;sig=***"),
        ("https://host/p?hunter2", "https://host/p?***"),
        ("https://host/p?a=hunter2@b&sig=hunter2", "https://***@b&sig=***"),
        ("redis://:hunter2@hunter2@host:1/0", "redis://***@host:1/0"),
        ("redis://:hunter2/x?y#hunter2@host", "redis://***@host"),
        ("redis://:my hunter2@host", "redis://***@host"),
        ("redis://:'hunter2\"@host", "redis://***@host"),
        ("at redis://:'hunter2\"@host, again", "at redis://***@host, again"),
        ("see https://u:hunter2@a and redis://:hunter2@b/1, twice", "see https://***@a and redis://***@b/1, twice"),
        ('{"event": "at postgresql://u:hunter2@h/x", "n": 1}', '{"event": "at postgresql://***@h/x", "n": 1}'),
    ],
)
def test_what_may_be_secret_is_hidden(given: str, shown: str) -> None:
    assert SECRET in given
    assert without_secrets(given) == shown


@pytest.mark.parametrize(
    "given",
    [
        "sqlite:////data/nbinsight.db",
        "sqlite:///nb.db?mode=ro",
        "file:///data/blobs",
        "s3://bucket/prefix",
        "http://[::1]:8000/graphql",
        "see https://host:1/a:b, or ask ada@example.org",
        "a text?with=signs#of addresses@none",
    ],
)
def test_what_is_not_secret_is_shown(given: str) -> None:
    assert without_secrets(given) == given


@pytest.mark.parametrize("piece", ["://", "a://", "?a=b", "@", "a://b@"])
def test_a_long_text_is_read_once(piece: str) -> None:
    """Read again at each of its pieces, it would take longer than a test may: a sender could stop a server by a line of its log."""
    assert len(without_secrets(piece * 400_000)) > 0
