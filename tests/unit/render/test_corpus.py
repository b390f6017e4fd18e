"""Real notebooks of many languages and format versions, where they are at hand beside the checkout."""

import asyncio
from pathlib import Path

from server.domain.errors import RenderFault
from tests.fixtures.corpus import corpus_paths, needs_corpus
from tests.unit.render.fakes import HTML, HTML_WITHOUT_CODE, House, limits


@needs_corpus
async def test_real_notebooks_render_with_and_without_code(tmp_path: Path) -> None:
    house = House(tmp_path, limits(queue=1000, wait=110))
    paths = corpus_paths()
    digests = [await house.blobs.put(path.read_bytes()) for path in paths]
    jobs = [(digest, options) for digest in digests for options in (HTML, HTML_WITHOUT_CODE)]
    found = await asyncio.gather(*[house.renderer.render(*job) for job in jobs], return_exceptions=True)
    summaries = await asyncio.gather(*[house.renderer.inspect(path) for path in paths])
    await house.renderer.close()
    failures = [error for error in found if isinstance(error, BaseException)]
    assert [error for error in failures if not isinstance(error, RenderFault)] == []
    assert len(failures) <= len(jobs) * 0.005
    assert len(summaries) == len(paths) > 100
