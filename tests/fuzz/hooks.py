"""What schemathesis loads beside the schema: values for our scalars, and what every answer is held to.

It runs in an environment of its own (see run.py), so that this imports nothing of the project.
"""

import os
from typing import Any, Final

import schemathesis
from hypothesis import strategies
from schemathesis.graphql import nodes

CODES: Final = frozenset(os.environ["FUZZ_CODES"].split(","))

schemathesis.graphql.scalar("Upload", strategies.just(nodes.Null))  # a file travels as a variable, and these operations have none
schemathesis.graphql.scalar("JSON", strategies.text().map(nodes.String))


def every_error_has_a_known_code(_context: Any, response: Any, _case: Any) -> None:  # noqa: ANN401  schemathesis's own
    """Fail where an error has no code, one that the docs do not list, or the one that stands for a fault of ours."""
    assert response.status_code < 500, f"HTTP {response.status_code}"
    answer = response.json()
    told = [error.get("extensions", {}).get("code") for error in answer.get("errors", [])]
    payloads = (answer.get("data") or {}).values()
    told += [fault["code"] for payload in payloads if isinstance(payload, dict) for fault in payload.get("errors", []) if "code" in fault]
    strange = [code for code in told if code not in CODES]
    assert not strange, f"Codes that no client knows: {strange}"


schemathesis.check(every_error_has_a_known_code)
