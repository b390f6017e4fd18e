"""The policies of content, word by word: a change here is a change of what a hostile notebook may do."""

import pytest

from server.domain.rendering import RenderFormat, RenderProfile
from server.render.policy import content_policy, inside_document
from server.render.scripts import find_script

ORIGIN = "https://n.example"


def policy(format_: RenderFormat, profile: RenderProfile, origins: tuple[str, ...] = (ORIGIN,)) -> list[str]:
    return content_policy(format_, profile, origins=origins, static_path="/n/static", frame_ancestors="'self'").split("; ")


def test_static_lets_nothing_run() -> None:
    assert policy(RenderFormat.HTML, RenderProfile.STATIC) == [
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline' https://n.example",
        "img-src data: blob:",
        "font-src data: https://n.example",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]


def test_interactive_runs_scripts_in_nobodys_origin_without_a_network() -> None:
    assert policy(RenderFormat.HTML, RenderProfile.INTERACTIVE) == policy(RenderFormat.SLIDES, RenderProfile.INTERACTIVE)
    assert policy(RenderFormat.HTML, RenderProfile.INTERACTIVE) == [
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval' blob: https://n.example/n/static/",
        "style-src 'unsafe-inline' https://n.example",
        "img-src data: blob:",
        "font-src data: https://n.example",
        "connect-src 'none'",
        "worker-src blob:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]


def test_static_slides_run_one_script_of_ours_and_no_other() -> None:
    reveal = find_script("reveal")
    assert reveal is not None
    sandbox, _, scripts, *_ = policy(RenderFormat.SLIDES, RenderProfile.STATIC)
    assert sandbox == "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
    assert scripts == f"script-src {ORIGIN}/n/static/{reveal.name}"
    _, _, scripts, *_ = policy(RenderFormat.SLIDES, RenderProfile.STATIC, ())
    assert scripts == f"script-src {reveal.hash_source}"
    assert "unsafe" not in scripts


@pytest.mark.parametrize("format_", [RenderFormat.MARKDOWN, RenderFormat.SCRIPT, RenderFormat.IPYNB])
def test_files_may_do_nothing_either(format_: RenderFormat) -> None:
    assert policy(format_, RenderProfile.STATIC) == policy(RenderFormat.HTML, RenderProfile.STATIC)


def test_a_document_by_itself_carries_what_a_document_can() -> None:
    static = inside_document(RenderFormat.HTML, RenderProfile.STATIC)
    assert (
        static == "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; form-action 'none'; base-uri 'none'"
    )
    assert "connect-src 'none'" in inside_document(RenderFormat.HTML, RenderProfile.INTERACTIVE)
    assert '"' not in inside_document(RenderFormat.SLIDES, RenderProfile.INTERACTIVE)
