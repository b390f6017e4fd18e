"""graphql-http's audit of servers: every MUST, SHOULD and MAY of the GraphQL-over-HTTP specification that it knows."""

from tests.conformance.conftest import RunScript
from tests.fixtures.running import Running

AUDITS = 61


def test_the_audit_finds_no_fault(script: RunScript, server: Running) -> None:
    results = script("audit.mjs", server.address)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
    assert len({result["id"] for result in results}) == AUDITS
