"""The demo's notebooks are notebooks, show what they promise, and are made the same each time."""

import base64
import json
import re
import struct
import zlib
from typing import Any

import nbformat
import pytest

from server.demo.notebooks import DemoNotebook, all_notebooks, regression
from server.demo.notebooks.png import Canvas

NAMES = [
    "Weekly sales",
    "Churn model",
    "Client report",
    "Regression in R",
    "Stream statistics in Scala",
    "Queue simulation in Julia",
]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def notebooks() -> dict[str, DemoNotebook]:
    return {notebook.name: notebook for notebook in all_notebooks()}


def outputs_of(version: bytes) -> list[dict[str, Any]]:
    return [output for cell in json.loads(version)["cells"] for output in cell.get("outputs", [])]


def media_types_of(version: bytes) -> set[str]:
    return {media_type for output in outputs_of(version) for media_type in output.get("data", {})}


def pngs_of(version: bytes) -> list[bytes]:
    images = [output["data"]["image/png"] for output in outputs_of(version) if "image/png" in output.get("data", {})]
    return [base64.b64decode(image) for image in images]


def chunks_of(png: bytes) -> dict[bytes, bytes]:
    """Return a PNG's chunks by kind, each checked against its CRC."""
    assert png.startswith(SIGNATURE)
    chunks: dict[bytes, bytes] = {}
    rest = png[len(SIGNATURE) :]
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        kind, content, (crc,) = rest[4:8], rest[8 : 8 + size], struct.unpack(">I", rest[8 + size : 12 + size])
        assert crc == zlib.crc32(kind + content)
        chunks[kind] = content
        rest = rest[12 + size :]
    return chunks


def test_the_demo_has_six_notebooks_in_four_languages(notebooks: dict[str, DemoNotebook]) -> None:
    assert list(notebooks) == NAMES
    languages = {json.loads(notebook.versions[0])["metadata"]["kernelspec"]["language"] for notebook in notebooks.values()}
    assert languages == {"python", "R", "scala", "julia"}


@pytest.mark.parametrize("name", NAMES)
def test_each_version_is_a_valid_notebook_as_jupyter_would_write_it(notebooks: dict[str, DemoNotebook], name: str) -> None:
    for version in notebooks[name].versions:
        notebook = json.loads(version)
        nbformat.validate(notebook)
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert nbformat.writes(nbformat.from_dict(notebook)) + "\n" == version.decode()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("name", NAMES)
def test_each_run_changes_outputs_and_no_code(notebooks: dict[str, DemoNotebook], name: str) -> None:
    versions = notebooks[name].versions
    assert 2 <= len(versions) <= 4
    assert len({json.dumps(outputs_of(version)) for version in versions}) == len(versions)
    code = {json.dumps([cell["source"] for cell in json.loads(version)["cells"] if cell["cell_type"] == "code"]) for version in versions}
    assert len(code) == 1


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_numbered_as_after_one_run_from_the_top(notebooks: dict[str, DemoNotebook], name: str) -> None:
    cells = json.loads(notebooks[name].versions[0])["cells"]
    counts = [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
    for cell in cells:
        for output in cell.get("outputs", []):
            assert output.get("execution_count", cell["execution_count"]) == cell["execution_count"]


@pytest.mark.parametrize(
    ("name", "media_types"),
    [
        ("Weekly sales", {"text/html", "text/plain", "image/png", "image/svg+xml"}),
        ("Churn model", {"text/html", "text/plain", "image/png"}),
        ("Client report", {"text/html", "text/plain", "image/png", "image/svg+xml"}),
        ("Regression in R", {"text/html", "text/plain", "image/svg+xml"}),
        ("Stream statistics in Scala", {"text/html", "text/plain"}),
        ("Queue simulation in Julia", {"text/html", "text/plain", "image/svg+xml"}),
    ],
)
def test_each_notebook_shows_what_it_is_there_for(notebooks: dict[str, DemoNotebook], name: str, media_types: set[str]) -> None:
    assert [media_types_of(version) for version in notebooks[name].versions] == [media_types] * len(notebooks[name].versions)


def test_the_churn_model_warns_and_ends_in_a_coloured_traceback(notebooks: dict[str, DemoNotebook]) -> None:
    for version in notebooks["Churn model"].versions:
        first, *_, last = outputs_of(version)
        assert (first["output_type"], first["name"]) == ("stream", "stderr")
        assert (last["output_type"], last["ename"]) == ("error", "KeyError")
        assert any("\x1b[0;32m----> 7\x1b[0m ages" in line for line in last["traceback"])


def test_scala_values_are_coloured(notebooks: dict[str, DemoNotebook]) -> None:
    results = [
        output for output in outputs_of(notebooks["Stream statistics in Scala"].versions[0]) if output["output_type"] == "execute_result"
    ]
    assert len(results) == 3
    assert all("\x1b[36m" in "".join(result["data"]["text/plain"]) for result in results)


def test_the_client_report_keeps_its_discounts_in_code_alone(notebooks: dict[str, DemoNotebook]) -> None:
    for version in notebooks["Client report"].versions:
        cells = json.loads(version)["cells"]
        assert ["DISCOUNT" in json.dumps(cell) for cell in cells if cell["cell_type"] == "code"] == [True, False, False, False]
        assert "DISCOUNT" not in json.dumps([cell for cell in cells if cell["cell_type"] == "markdown"])
        assert "DISCOUNT" not in json.dumps(outputs_of(version))


def test_the_regression_finds_the_line_that_its_points_are_on() -> None:
    fit = regression.Fit.of([(0.0, 1.0), (1.0, 3.5), (2.0, 4.5), (3.0, 7.0)])
    assert (fit.intercept, fit.slope) == pytest.approx((1.15, 1.9))
    assert fit.r_squared == pytest.approx(0.975676, abs=1e-6)
    assert fit.errors == pytest.approx((0.396863, 0.212132), abs=1e-6)
    assert fit.residual_quantiles() == pytest.approx([-0.45, -0.225, 0.0, 0.225, 0.45], abs=1e-9)


def test_the_regression_says_below_2e_16_only_of_coefficients_that_are(notebooks: dict[str, DemoNotebook]) -> None:
    for version in notebooks["Regression in R"].versions:
        summary = "".join(output for output in ("".join(shown["data"]["text/plain"]) for shown in outputs_of(version) if "data" in shown))
        values = re.findall(r"(\d+\.\d+)   <2e-16", summary)
        assert len(values) == 2
        assert all(float(value) > 11 for value in values)  # with 88 degrees of freedom and more


def test_every_png_is_whole_and_drawn_for_sharp_screens(notebooks: dict[str, DemoNotebook]) -> None:
    pngs = [png for notebook in notebooks.values() for version in notebook.versions for png in pngs_of(version)]
    assert len(pngs) == 4 + 3 + 3
    for png in pngs:
        chunks = chunks_of(png)
        assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
        width, height, *kind = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        assert kind == [8, 2, 0, 0, 0]
        pixels = zlib.decompress(chunks[b"IDAT"])
        assert len(pixels) == height * (1 + 3 * width)
        assert len(set(pixels)) > 50


def test_a_png_is_shown_at_half_its_dots(notebooks: dict[str, DemoNotebook]) -> None:
    shown = [output for output in outputs_of(notebooks["Weekly sales"].versions[0]) if "image/png" in output.get("data", {})]
    assert [output["metadata"] for output in shown] == [{"image/png": {"width": 640}}]


def test_the_bytes_are_the_same_each_time(notebooks: dict[str, DemoNotebook]) -> None:
    assert {notebook.name: notebook for notebook in all_notebooks()} == notebooks


def test_all_versions_together_are_less_than_a_megabyte(notebooks: dict[str, DemoNotebook]) -> None:
    assert sum(len(version) for notebook in notebooks.values() for version in notebook.versions) < 1_000_000


def test_a_canvas_clips_what_lies_outside_and_blends_what_lies_between_dots() -> None:
    canvas = Canvas(2, 2)
    canvas.rectangle(1, -5, 50, 6, (0, 0, 0))
    canvas.disc(-3, -3, 1, (0, 0, 0))
    canvas.line([(0, 1.625), (2, 1.625)], (0, 0, 0), 0.75)
    pixels = zlib.decompress(chunks_of(canvas.png())[b"IDAT"])
    rows = [list(pixels[start + 1 : start + 13 : 3]) for start in range(0, len(pixels), 13)]
    assert rows[:2] == [[255, 255, 0, 0], [255, 255, 0, 0]]
    assert rows[2:] == [[127] * 4, [0] * 4]
