// At the end of a document: draws each <script type="application/json" class="nbi-live" data-kind="plotly|vega"> where it stands.
// What stands there for readers without scripts, class nbi-fallback, goes once the drawing is there; else a note says what is wrong.
(() => {
  "use strict";

  const isDark = document.body.dataset.jpThemeLight === "false";
  const isElsewhere = (address) => typeof address === "string" && !/^(data|blob):/i.test(address);

  class CannotDraw extends Error {}

  // Plotly's own colours are for white paper. A figure that brings colours keeps them; one that brings none gets these in the dark.
  const AXIS = { gridcolor: "#444", linecolor: "#666", zerolinecolor: "#666" };
  const DARK_LAYOUT = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: "#ddd" },
    xaxis: AXIS,
    yaxis: AXIS,
    scene: { xaxis: AXIS, yaxis: AXIS, zaxis: AXIS },
  };

  function plotlyLayout(layout) {
    const hasColours = ["template", "paper_bgcolor", "plot_bgcolor"].some((name) => name in layout);
    return isDark && !hasColours ? { ...layout, template: { layout: DARK_LAYOUT } } : layout;
  }

  async function drawPlotly(place, { data, layout, config, frames }) {
    if (!globalThis.Plotly) throw new CannotDraw("Plotly is not part of this document");
    if (!Array.isArray(data ?? [])) throw new TypeError("data is no list"); // of which Plotly would draw empty axes
    await Plotly.newPlot(place, { data: data ?? [], layout: plotlyLayout(layout ?? {}), config: { responsive: true, ...config }, frames });
  }

  // Vega says nothing and draws empty axes where it cannot load its data.
  function addressesIn(part, found = []) {
    if (Array.isArray(part)) for (const item of part) addressesIn(item, found);
    else if (typeof part === "object" && part !== null) {
      for (const [name, value] of Object.entries(part)) {
        if (name === "values" || name === "datasets") continue; // rows
        if (name === "data" || name === "from" || name === "lookup") {
          for (const source of [value].flat()) if (isElsewhere(source?.url)) found.push(source.url);
        }
        addressesIn(value, found);
      }
    }
    return found;
  }

  async function drawVega(place, spec) {
    if (!globalThis.vegaEmbed) throw new CannotDraw("Vega is not part of this document");
    if (addressesIn(spec).length > 0) throw new CannotDraw("its data is not in the notebook but at an address elsewhere");
    const looks = isDark ? { theme: "dark", config: { background: "transparent" } } : {};
    const mode = "$schema" in spec ? {} : { mode: "vega-lite" };
    if (spec.width === "container") place.style.width = "100%";
    await vegaEmbed(place, spec, { actions: false, renderer: "svg", ...looks, ...mode });
  }

  const KINDS = { plotly: drawPlotly, vega: drawVega };

  function addNote(holder, reason) {
    const note = document.createElement("p");
    note.setAttribute("role", "note");
    note.className = "nbi-note";
    note.lang = "en";
    note.textContent = `This chart could not be drawn: ${reason}.`;
    holder.before(note);
  }

  async function draw(holder) {
    const place = document.createElement("div");
    place.className = "nbi-drawing";
    holder.before(place);
    try {
      await KINDS[holder.dataset.kind](place, JSON.parse(holder.textContent));
    } catch (error) {
      place.remove();
      addNote(holder, error instanceof CannotDraw ? error.message : "its description has a mistake or is of an unknown version");
      return;
    }
    for (const fallback of holder.parentElement.querySelectorAll(":scope > .nbi-fallback")) fallback.remove();
  }

  // One after the other, so that the first ones can be seen while the last ones are drawn.
  async function drawAll() {
    for (const holder of document.querySelectorAll("script.nbi-live[data-kind]")) await draw(holder);
    document.documentElement.dataset.nbiDrawn = "true";
  }

  drawAll();
})();
