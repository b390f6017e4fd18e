"""Files by the clients of others: Apollo's upload link, and urql, which also asks for event streams on the side."""

import json
from pathlib import Path

from tests.conformance.conftest import RunScript
from tests.fixtures import make
from tests.fixtures.running import Running


def test_apollo_and_urql_save_a_notebook_as_a_file(script: RunScript, server: Running, tmp_path: Path) -> None:
    file = tmp_path / "notebook.ipynb"
    file.write_text(json.dumps(make.notebook(make.markdown("# Saved"))), encoding="utf-8")
    told = script("uploads.mjs", server.address, server.token, str(file))
    assert told == {"apollo": "By Apollo", "urql": "By urql", "read": "admin"}
