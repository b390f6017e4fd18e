"""The profile INTERACTIVE: outputs untouched, widgets with their state, and nothing of either where it does not belong."""

import json
from typing import Any

import pytest

from server.domain.rendering import RenderFormat, RenderNotice, RenderProfile
from tests.fixtures import make
from tests.unit.render.fakes import rendered, without_mark

PLOTLY = {"data": [{"y": [1, 2], "name": "</script><script>alert(1)</script>"}], "layout": {}}
VEGA = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "mark": "bar"}
SCRIPT = "<div id='x'></div><script>document.title = 1 < 2</script>"


def live(*outputs: make.Node, show_code: bool = True, **of_notebook: Any) -> tuple[str, tuple[RenderNotice, ...]]:  # noqa: ANN401  any metadata
    data = make.dump(make.notebook(make.code("source()", *outputs), **of_notebook))
    html, notices = rendered(data, RenderFormat.HTML, show_code=show_code, profile=RenderProfile.INTERACTIVE)
    return html, notices.all()


def test_html_outputs_are_untouched() -> None:
    html, notices = live(make.html_output(SCRIPT))
    assert SCRIPT in html
    assert notices == ()


def test_the_profile_static_never_finds_what_interactive_drew() -> None:
    data = make.dump(make.notebook(make.code("1", make.html_output(SCRIPT))))
    html, _ = rendered(data)
    assert "<script" not in html


@pytest.mark.parametrize(
    ("mime_type", "value", "kind"),
    [
        ("application/vnd.plotly.v1+json", PLOTLY, "plotly"),
        ("application/vnd.vegalite.v5+json", VEGA, "vega"),
        ("application/vnd.vega.v5+json", VEGA, "vega"),
    ],
)
def test_charts_become_data_for_the_script_that_draws_them(mime_type: str, value: object, kind: str) -> None:
    html, notices = live(make.display({mime_type: value, "image/png": make.PNG, "text/plain": "chart"}))
    start = f'<script type="application/json" class="nbi-live" data-kind="{kind}">'
    drawn = html.split(start)[1].split("</script>")[0]
    assert json.loads(drawn) == value
    assert html.count("</script>") == 1
    assert f'<div class="nbi-fallback"><img src="data:image/png;base64,{make.PNG}"' in html
    assert notices == ()


@pytest.mark.parametrize("end", ["/script>", "/SCRIPT >", "!--"])
def test_a_script_output_cannot_end_its_own_element(end: str) -> None:
    html, _ = live(make.display({"application/javascript": f"element.innerHTML = '<{end}<b>'"}))
    assert html.lower().count("</script") == 1
    assert rf"'\x3c{end}<b>'" in html


def test_what_has_no_script_is_shown_as_in_static() -> None:
    data = make.dump(make.notebook(make.markdown("# A <script>1</script>"), make.code("x", make.stream("out"), make.png_output({}))))
    static, _ = rendered(data)
    interactive, _ = rendered(data, profile=RenderProfile.INTERACTIVE)
    assert without_mark(interactive) == without_mark(static)


STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def view(model: str) -> make.Node:
    return make.display({VIEW: {"model_id": model, "version_major": 2}, "text/plain": "a widget"})


def widgets(**models: object) -> make.Node:
    return {"widgets": {STATE: {"version_major": 2, "version_minor": 0, "state": models}}}


def state_in(html: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(html.split(f'<script type="{STATE}">')[1].split("</script>", maxsplit=1)[0])["state"]
    return found


SLIDER = {"model_name": "IntSliderModel", "state": {"layout": "IPY_MODEL_layout", "value": 3}}
LAYOUT = {"model_name": "LayoutModel", "state": {}}
ORPHAN = {"model_name": "TextModel", "state": {"value": "nobody shows me"}}


def test_widgets_come_with_their_state_and_with_what_it_needs() -> None:
    html, notices = live(view("slider"), metadata=widgets(slider=SLIDER, layout=LAYOUT))
    assert f'<script type="{VIEW}">' in html
    assert state_in(html) == {"slider": SLIDER, "layout": LAYOUT}
    assert notices == ()


def test_a_widget_without_state_leaves_its_text_and_a_notice() -> None:
    html, [notice] = live(view("gone"))
    assert f'<script type="{VIEW}">' not in html
    assert "a widget" in html
    assert notice.message == "This output is an interactive widget; its text is shown, as the notebook does not hold all that it needs."


@pytest.mark.parametrize("format_", [RenderFormat.HTML, RenderFormat.IPYNB])
def test_the_state_of_widgets_that_their_author_hid_is_absent(format_: RenderFormat) -> None:
    hidden = make.code("1", view("orphan"), metadata={"tags": ["remove-output"]})
    cells = make.notebook(make.code("2", view("slider")), hidden, metadata=widgets(slider=SLIDER, layout=LAYOUT, orphan=ORPHAN))
    for show_code in (True, False):
        text, _ = rendered(make.dump(cells), format_, show_code=show_code, profile=RenderProfile.INTERACTIVE)
        assert "nobody shows me" not in text
        assert "IntSliderModel" in text


def test_what_widgets_captured_of_code_goes_with_the_code() -> None:
    captured = [
        make.error_output("E", "v", "secret line"),
        make.stream("secret warning", "stderr"),
        make.display({"application/javascript": "secret()"}),
        make.stream("source()\nshown", "stdout"),
        make.display({"text/plain": "shown too"}),
        "no output at all",
    ]
    output = {"model_name": "OutputModel", "state": {"outputs": captured}}
    html, _ = live(view("output"), show_code=False, metadata=widgets(output=output))
    assert "secret" not in html
    assert state_in(html)["output"]["state"]["outputs"] == [make.stream("[code hidden]\nshown"), captured[4]]
    html, _ = live(view("output"), metadata=widgets(output=output))
    assert state_in(html)["output"] == output


def test_widgets_that_name_each_other_in_a_circle_are_found_once() -> None:
    one, two = {"state": {"other": "IPY_MODEL_two"}}, {"state": {"others": [["IPY_MODEL_one", "IPY_MODEL_missing"]]}}
    html, _ = live(view("one"), show_code=False, metadata=widgets(one=one, two=two))
    assert state_in(html) == {"one": one, "two": two}
