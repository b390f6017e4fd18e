"""Real notebooks of many languages go through the main job; skipped only where the corpus is not beside the project."""

import csv
import json
from pathlib import Path
from typing import Final

import pytest

from tests.fixtures.corpus import CORPUS, needs_corpus
from tests.fixtures.world import World

LANGUAGES: Final = ("python", "R", "scala", "julia", "C#")
EACH: Final = 3
UPLOAD: Final = """mutation($name: String!, $file: Upload!) {
    saveNotebook(input: {projectKey: "SALES", name: $name, file: $file}) { notebook { id kernel { language } } errors { message } } }"""
TILES: Final = """query($id: ID!) { dashboard(id: $id) { pages { tiles { ... on InsightTile {
    accessState showCode rendering { body codeIncluded notices { code message } } } } } } }"""


def notebooks_in(language: str) -> list[Path]:
    """Return a few notebooks of a language: the smallest, the median, the largest."""
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["language"] == language]
    rows.sort(key=lambda row: int(row["bytes"]))
    return [CORPUS / row["path"] for row in {rows[0]["path"]: rows[0], **{r["path"]: r for r in (rows[len(rows) // 2], rows[-1])}}.values()]


@needs_corpus
@pytest.mark.parametrize("language", LANGUAGES)
async def test_real_notebooks_go_through_the_main_job(world: World, language: str) -> None:
    paths = notebooks_in(language)
    assert len(paths) == EACH
    for number, path in enumerate(paths):
        operations = json.dumps({"query": UPLOAD, "variables": {"name": f"{number} {path.stem}", "file": None}})
        answer = await world.client.post(
            "/graphql",
            data={"operations": operations, "map": '{"0": ["variables.file"]}'},
            files={"0": (path.name, path.read_bytes())},
            headers={"authorization": f"Bearer {world.tokens['coder']}", "graphql-require-preflight": "1"},
        )
        saved = answer.json()["data"]["saveNotebook"]
        assert saved["errors"] == [], path
        dashboard = world.ids["SALES dashboard"]
        await world.publish(saved["notebook"]["id"], dashboard)
        await world.publish(saved["notebook"]["id"], dashboard, show_code=True)
    data = await world.ok("analyst", TILES, id=world.ids["SALES dashboard"])
    tiles = data["dashboard"]["pages"][0]["tiles"]
    assert len(tiles) == 2 * EACH
    for tile in tiles:
        assert tile["accessState"] == "ACCESSIBLE"
        assert tile["rendering"]["codeIncluded"] is tile["showCode"]
        assert '<main lang="">' in tile["rendering"]["body"]
