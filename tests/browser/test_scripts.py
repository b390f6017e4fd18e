"""The scripts of interactive documents and of slides, in a real browser under their policies: all works, nothing leaves."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.domain.rendering import RenderProfile, RenderTheme
from server.render.page import Page as InnerPage
from server.render.page import document as whole_document
from server.render.scripts import find_script
from tests.browser.documents import INTERACTIVE, SLIDES, STATIC, Documents, address_of, deck, document, serving
from tests.browser.sites import Seen

REQUIRED_PLOTLY = """
<script>
window.PlotlyConfig = {MathJaxConfig: 'local'};
if (typeof require !== 'undefined') {
  require.undef("plotly");
  requirejs.config({paths: {'plotly': ['https://cdn.plot.ly/plotly-2.12.1.min']}});
  require(['plotly'], function(Plotly) { window._Plotly = Plotly; });
}
</script>
<div id="chart" class="plotly-graph-div" style="height:300px; width:100%;"></div>
<script>
require(["plotly"], function(Plotly) {
  window.PLOTLYENV = window.PLOTLYENV || {};
  Plotly.newPlot("chart", [{"type": "bar", "x": ["a", "b"], "y": [3, 5]}], {"title": "Sales", "titlefont": {"size": 31}},
                 {"showLink": true, "linkText": "Export to plot.ly", "responsive": true});
});
</script>"""
"""What plotly.py's notebook renderers left in notebooks."""

ALTAIR = """
<div id="altair-viz-1"></div>
<script>
  var VEGA_DEBUG = (typeof VEGA_DEBUG == "undefined") ? {} : VEGA_DEBUG;
  (function(spec, embedOpt) {
    let outputDiv = document.currentScript.previousElementSibling;
    const paths = {
      "vega": "https://cdn.jsdelivr.net/npm/vega@5?noext",
      "vega-lib": "https://cdn.jsdelivr.net/npm/vega-lib?noext",
      "vega-lite": "https://cdn.jsdelivr.net/npm/vega-lite@5.20.1?noext",
      "vega-embed": "https://cdn.jsdelivr.net/npm/vega-embed@6?noext",
    };
    function showError(err) { outputDiv.innerHTML = `<div class="error">${err}</div>`; throw err; }
    function displayChart(vegaEmbed) { vegaEmbed(outputDiv, spec, embedOpt).catch(showError); }
    if (typeof define === "function" && define.amd) {
      requirejs.config({paths});
      require(["vega-embed"], displayChart, showError);
    } else {
      showError("require.js is missing");
    }
  })(SPEC, {"mode": "vega-lite"});
</script>"""
"""What Altair's default renderer left in notebooks."""

FIGURE = {"data": [{"type": "scatter", "x": [1, 2, 3], "y": [2, 5, 3]}], "layout": {"title": "Sales", "xaxis": {"title": "Month"}}}
MAP = {"data": [{"type": "choropleth", "locations": ["FRA", "USA", "BRA"], "z": [1, 2, 3]}], "layout": {"geo": {"resolution": 50}}}
ROWS = [{"x": n, "y": n * n % 7} for n in range(20)]
ENCODING = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}


def lite(version: str, **more: object) -> dict[str, object]:
    schema = f"https://vega.github.io/schema/vega-lite/{version}.json"
    return {"$schema": schema, "data": {"values": ROWS}, "mark": "point", "encoding": ENCODING, **more}


BAR = {"x": {"value": 9}, "y": {"value": 9}, "width": {"value": 90}, "height": {"value": 90}, "fill": {"value": "teal"}}
SPECS = {
    "4": lite("v4.17.0", selection={"zoom": {"type": "interval", "bind": "scales"}}),
    "5": lite("v5.20.1", params=[{"name": "brush", "select": {"type": "interval", "encodings": ["x"]}}]),
    "6": lite("v6.1.0", width="container"),
    "vega": {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "width": 100,
        "height": 100,
        "marks": [{"type": "rect", "encode": {"enter": BAR}}],
    },
}

CONTROLS = {"model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0"}
LAYOUT = {"model_name": "LayoutModel", "model_module": "@jupyter-widgets/base", "model_module_version": "2.0.0", "state": {}}
OTHERS = {"_view_name": "MapView", "_view_module": "jupyter-leaflet", "_view_module_version": "^0.18", "layout": "IPY_MODEL_layout"}
MODELS: dict[str, dict[str, Any]] = {
    "layout": LAYOUT,
    "style": {"model_name": "SliderStyleModel", **CONTROLS, "state": {}},
    "slider": {
        "model_name": "IntSliderModel",
        **CONTROLS,
        "state": {"value": 7, "max": 10, "description": "Months", "layout": "IPY_MODEL_layout", "style": "IPY_MODEL_style"},
    },
    "printed": {
        "model_name": "OutputModel",
        "model_module": "@jupyter-widgets/output",
        "model_module_version": "1.0.0",
        "state": {"layout": "IPY_MODEL_layout", "outputs": [{"output_type": "stream", "name": "stdout", "text": "said inside\n"}]},
    },
    "map": {"model_name": "MapModel", "model_module": "jupyter-leaflet", "model_module_version": "^0.18", "state": OTHERS},
    "box": {
        "model_name": "VBoxModel",
        **CONTROLS,
        "state": {"layout": "IPY_MODEL_layout", "children": ["IPY_MODEL_slider", "IPY_MODEL_printed", "IPY_MODEL_map"]},
    },
}

SLIDE = '<div class="jp-Cell"><div class="jp-RenderedHTMLCommon jp-RenderedMarkdown">{}</div></div>'
DECK = f"""
<section>
<section>{SLIDE.format("<h1>First</h1><p>Opening words</p>")}<div class="fragment">{SLIDE.format("<p>Then this</p>")}</div>
<aside class="notes">{SLIDE.format("<p>Do not forget the joke</p>")}</aside></section>
<section>{SLIDE.format("<h2>Below</h2>" + "<p>A long slide</p>" * 80)}</section>
</section>
<section><section>{SLIDE.format("<h1>Second</h1>")}</section></section>"""

Show = Callable[..., list[str]]


@pytest.fixture(scope="module")
def documents() -> Iterator[Documents]:
    with serving() as served:
        yield served


@pytest.fixture
def show(page: Page, seen: Seen, documents: Documents, request: pytest.FixtureRequest) -> Iterator[Show]:
    """Open a document and return its errors, which like its requests elsewhere must be none when the test is over."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_(shown: str, policy: str, *, frame: str = "") -> list[str]:
        address = documents.add(request.node.name.partition("[")[0], shown, policy)
        page.goto(address.replace("/content/", "/frame/") + f"?sandbox={frame}" if frame else address)
        return errors

    yield open_
    assert errors == []
    assert seen.foreign(documents.origin) == []


def output(html: str) -> str:
    inner = f'<div class="jp-RenderedHTMLCommon jp-RenderedHTML jp-OutputArea-output">{html}</div>'
    area = f'<div class="jp-OutputArea-child"><div class="jp-OutputPrompt jp-OutputArea-prompt"></div>{inner}</div>'
    return f'<div class="jp-Cell jp-CodeCell"><div class="jp-OutputArea jp-Cell-outputArea">{area}</div></div>'


def live(kind: str, described: object) -> str:
    return output(
        '<div class="nbi-fallback">what stood here</div>'
        f'<script type="application/json" class="nbi-live" data-kind="{kind}">{json.dumps(described)}</script>'
    )


def widgets(*shown: str) -> str:
    views = [json.dumps({"version_major": 2, "version_minor": 0, "model_id": model}) for model in shown]
    state = json.dumps({"version_major": 2, "version_minor": 0, "state": MODELS})
    return "".join(
        [
            *(output(f'<script type="application/vnd.jupyter.widget-view+json">{view}</script>') for view in views),
            f'<script type="application/vnd.jupyter.widget-state+json">{state}</script>',
        ]
    )


def test_a_chart_that_asks_require_for_plotly_is_drawn(page: Page, show: Show) -> None:
    show(document(output(REQUIRED_PLOTLY)), INTERACTIVE)
    expect(page.locator("#chart svg.main-svg").first).to_be_visible()
    title = page.locator("#chart .gtitle")
    expect(title).to_have_text("Sales")
    assert "31px" in (title.get_attribute("style") or "")
    assert page.locator(".plotlyjsicon, .js-link-to-tool, [data-title*='Download'], a[href]").count() == 0


def test_a_chart_as_altair_writes_it_is_drawn_without_its_menu(page: Page, show: Show) -> None:
    show(document(output(ALTAIR.replace("SPEC", json.dumps(SPECS["5"])))), INTERACTIVE)
    expect(page.locator("#altair-viz-1 canvas, #altair-viz-1 svg").first).to_be_visible()
    assert page.locator("#altair-viz-1 details").count() == 0


@pytest.mark.parametrize("version", SPECS)
def test_charts_of_vega_take_the_place_of_what_stood_there(page: Page, show: Show, version: str) -> None:
    show(document(live("vega", SPECS[version])), INTERACTIVE)
    expect(page.locator(".nbi-drawing svg.marks")).to_be_visible()
    expect(page.locator(".nbi-fallback")).to_have_count(0)
    assert page.locator("details, .nbi-note").count() == 0


def test_a_figure_of_plotly_takes_the_place_of_what_stood_there_and_follows_the_width(page: Page, show: Show) -> None:
    show(document(live("plotly", FIGURE)), INTERACTIVE)
    drawn = page.locator(".nbi-drawing svg.main-svg").first
    expect(drawn).to_be_visible()
    expect(page.locator(".nbi-fallback")).to_have_count(0)
    expect(page.locator(".gtitle, .xtitle")).to_have_text(["Sales", "Month"])
    wide = drawn.evaluate("svg => svg.clientWidth")
    page.set_viewport_size({"width": 600, "height": 900})
    page.wait_for_function(f"document.querySelector('svg.main-svg').clientWidth < {wide} - 300")


def test_a_map_has_its_outlines_here(page: Page, show: Show) -> None:
    show(document(live("plotly", MAP)), INTERACTIVE)
    expect(page.locator(".choroplethlayer path.choroplethlocation")).to_have_count(3)
    assert "M" in (page.locator(".layer.coastlines path").get_attribute("d") or "")


@pytest.mark.parametrize(
    ("kind", "described", "said"),
    [
        ("plotly", {"data": "none"}, "its description has a mistake or is of an unknown version"),
        ("vega", lite("v5.20.1", mark="nothing"), "its description has a mistake or is of an unknown version"),
        (
            "vega",
            lite("v5.20.1", data={"url": "https://example.org/rows.json"}),
            "its data is not in the notebook but at an address elsewhere",
        ),
        ("unknown", {}, "its description has a mistake or is of an unknown version"),
    ],
)
def test_what_cannot_be_drawn_leaves_what_stood_there_and_a_note(page: Page, show: Show, kind: str, described: object, said: str) -> None:
    show(document(live(kind, described) + live("vega", SPECS["6"])), INTERACTIVE)
    expect(page.locator(".nbi-note")).to_have_text(f"This chart could not be drawn: {said}.")
    assert page.locator(".nbi-note").get_attribute("role") == "note"
    assert page.locator(".nbi-note").get_attribute("lang") == "en"
    expect(page.locator(".nbi-fallback")).to_have_text(["what stood here"])
    expect(page.locator(".nbi-drawing svg.marks")).to_be_visible()


def test_charts_without_their_library_leave_a_note(page: Page, show: Show) -> None:
    show(document(live("plotly", FIGURE) + live("vega", SPECS["6"]), first=("names",), last=("draw",)), INTERACTIVE)
    expect(page.locator(".nbi-note")).to_have_text(
        [f"This chart could not be drawn: {name} is not part of this document." for name in ("Plotly", "Vega")]
    )


def test_charts_are_legible_in_the_dark(page: Page, show: Show) -> None:
    show(document(live("plotly", {"data": FIGURE["data"]}) + live("vega", SPECS["6"]), light=False), INTERACTIVE)
    expect(page.locator(".nbi-drawing svg.marks")).to_be_visible()
    assert page.locator(".xtick text").first.evaluate("text => getComputedStyle(text).fill") == "rgb(221, 221, 221)"
    assert page.locator(".js-plotly-plot .main-svg").first.evaluate("svg => getComputedStyle(svg).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.locator("svg.marks .role-axis-label text").first.get_attribute("fill") == "#fff"
    assert page.locator("svg.marks > rect").count() == 0


def test_old_outputs_find_jquery_and_their_modules_by_name(page: Page, show: Show) -> None:
    show(
        document(
            "<p id='said'></p><script>requirejs.config({paths: {jquery: 'https://example.org/jquery'}, map: {'*': {jquery: 'elsewhere'}}});"
            "require(['jquery', 'vega', 'vega-lite', 'vega-lib'], ($, vega, lite, lib) => "
            "$('#said').text([$ === jQuery, vega === lib, typeof lite.compile].join()));</script>"
        ),
        INTERACTIVE,
    )
    expect(page.locator("#said")).to_have_text("true,true,function")


def test_widgets_are_shown_and_those_of_others_say_what_they_need(page: Page, show: Show) -> None:
    show(document(widgets("box", "lost"), last=("widgets",)), INTERACTIVE)
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuenow", "7.0")
    expect(page.locator(".widget-slider label")).to_have_text("Months")
    expect(page.locator(".widget-output")).to_have_text("said inside\n")
    expect(page.locator(".nbi-note")).to_have_text(
        [
            "This widget cannot be shown here: it needs the package jupyter-leaflet.",
            "This widget cannot be shown: its state was not saved in the notebook.",
        ]
    )


def test_two_views_of_a_slider_move_together(page: Page, show: Show) -> None:
    show(document(widgets("slider", "slider"), last=("widgets",)), INTERACTIVE)
    sliders = page.get_by_role("slider")
    expect(sliders).to_have_count(2)
    sliders.first.press("ArrowRight")
    expect(sliders.last).to_have_attribute("aria-valuenow", "8.0")


def test_slides_turn(page: Page, show: Show) -> None:
    show(deck(DECK), SLIDES)
    _watch_a_deck(page)


def test_slides_turn_inside_a_frame(page: Page, show: Show) -> None:
    show(deck(DECK), SLIDES, frame="allow-scripts")
    inside = page.frame_locator("iframe")
    expect(inside.locator(".reveal.ready")).to_be_visible()
    inside.locator("h1").first.click()
    page.keyboard.press("ArrowRight")
    expect(inside.get_by_text("Then this", exact=True)).to_be_visible()


def test_slides_turn_in_a_document_that_carries_its_script(page: Page, show: Show) -> None:
    script, style = find_script("reveal"), find_script("reveal-style")
    assert script is not None
    assert style is not None
    carrying = deck(DECK).replace(f'<script src="{address_of("reveal")}"></script>', f"<script>{script.content.decode()}</script>")
    show(carrying, SLIDES.replace("{script}", script.hash_source))
    _watch_a_deck(page)


def test_slides_stay_as_wide_as_a_small_screen(page: Page, show: Show) -> None:
    page.set_viewport_size({"width": 380, "height": 600})
    show(deck(DECK), SLIDES)
    expect(page.locator(".reveal.ready")).to_be_visible()
    expect(page.get_by_text("Opening words", exact=True)).to_be_visible()
    assert page.get_by_text("Opening words", exact=True).evaluate("words => parseFloat(getComputedStyle(words).fontSize)") >= 14
    assert page.locator(".slides").evaluate("slides => slides.getBoundingClientRect().width") == 380


def test_slides_are_read_one_below_the_other_where_no_script_runs(page: Page, show: Show) -> None:
    errors = show(deck(DECK), STATIC)
    for words in ("First", "Opening words", "Then this", "Below", "Second"):
        expect(page.get_by_text(words, exact=True)).to_be_visible()
    expect(page.get_by_text("Do not forget the joke", exact=True)).to_be_hidden()
    tops = page.locator("section:not(:has(section))").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert tops == sorted(tops)
    assert len(set(tops)) == 3
    (blocked,) = errors
    assert "'allow-scripts' permission is not set" in blocked
    errors.clear()


def _watch_a_deck(page: Page) -> None:
    expect(page.locator(".reveal.ready")).to_be_visible()
    expect(page.get_by_text("Opening words", exact=True)).to_be_visible()
    expect(page.get_by_text("Then this", exact=True)).to_be_hidden()
    expect(page.get_by_text("Do not forget the joke", exact=True)).to_be_hidden()
    assert page.locator("h1").first.evaluate("title => getComputedStyle(title).textTransform") == "none"
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Then this", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    below = page.locator("section.present section.present")
    expect(below.locator("h2")).to_have_text("Below")
    assert below.evaluate("slide => slide.scrollHeight > slide.clientHeight && getComputedStyle(slide).overflowY") == "auto"
    page.keyboard.press("ArrowRight")
    expect(page.locator("section.present section.present h1")).to_have_text("Second")
    for key in ("f", "s", "o", "Escape", "Home"):
        page.keyboard.press(key)
    expect(below.locator("h2")).to_have_text("Below")


def test_brackets_grow_with_what_they_hold(documents: Documents, page: Page, seen: Seen) -> None:
    """With the font that is served; without one, they stay as high as a letter."""
    fraction = "<mfrac><mfrac><mi>a</mi><mi>b</mi></mfrac><mfrac><mi>c</mi><mi>d</mi></mfrac></mfrac>"
    maths = f'<math display="block"><mrow><mo id="bracket" stretchy="true">(</mo>{fraction}<mo stretchy="true">)</mo></mrow></math>'
    page.goto(documents.add("maths", document(f"<p id='line'>(</p>{maths}", first=(), last=()), STATIC))
    page.wait_for_load_state("networkidle")
    heights = page.evaluate("['line', 'bracket'].map((id) => document.getElementById(id).getBoundingClientRect().height)")
    assert heights[1] > 2 * heights[0]
    assert any("/static/math-" in url for url in seen.urls)
    assert seen.complaints == []


def test_a_body_by_itself_runs_its_scripts_out_of_reach_of_the_page_around_it(documents: Documents, page: Page) -> None:
    """As a front end shows `Rendering.body`: in a frame of its own page, which does not know of sandboxes."""
    looking = "for (const around of [parent, top]) try { document.body.append(around.secret) } catch { document.body.append('alone ') }"
    whole = whole_document(
        InnerPage("T", RenderTheme.LIGHT, None, profile=RenderProfile.INTERACTIVE), f"<p>cell</p><script>{looking}</script>".encode()
    )
    page.goto(
        documents.add(
            "host", "<!DOCTYPE html><title>host</title><script>secret = 1</script><iframe id=f></iframe>", "script-src * 'unsafe-inline'"
        )
    )
    page.evaluate("(body) => { document.getElementById('f').srcdoc = body }", whole.decode())
    inner = page.frame_locator("#f").frame_locator("iframe")
    expect(inner.locator("body")).to_contain_text("alone alone")
    assert page.title() == "host"
