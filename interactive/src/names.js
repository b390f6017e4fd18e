// Comes after require.js, jQuery, Plotly and Vega, and before a notebook's own scripts. These ask require.js for the libraries by
// name and tell it which CDN has them; the page may reach none. So the names are given to what is loaded, and cannot be taken away.
(() => {
  "use strict";

  // Menus, links and buttons that lead to somebody's server, or to a download, which a page without an origin may not start.
  const LEADING_AWAY = ["showLink", "linkText", "sendData", "showSendToCloud", "showEditInChartStudio", "plotlyServerURL", "topojsonURL"];
  const PLOTLY_DEFAULTS = { displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["toImage", "sendDataToCloud"] };

  const isPlain = (value) => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

  // Figures of before 2025 have titles as texts and their fonts beside them; since version 3 Plotly reads objects only.
  function renewTitles(part) {
    for (const [name, value] of Object.entries(part)) {
      if (name === "meta" || name === "customdata") continue;
      if (name === "title" && typeof value === "string") part.title = { text: value };
      else if (isPlain(value)) renewTitles(value);
    }
    for (const old of ["titlefont", "titleside", "titleposition"]) {
      if (!(old in part)) continue;
      const { [old]: value } = part;
      delete part[old];
      part.title = { [old.slice("title".length)]: value, ...(isPlain(part.title) ? part.title : {}) };
    }
  }

  // Plotly's functions take (element, data, layout, config), or a figure in place of the data.
  function tamePlotly(plotly) {
    plotly.setPlotConfig(PLOTLY_DEFAULTS);
    for (const name of ["newPlot", "react"]) {
      const original = plotly[name];
      plotly[name] = (element, data, layout, config) => {
        const figure = isPlain(data) ? data : { data, layout, config };
        for (const trace of Array.isArray(figure.data) ? figure.data : []) if (isPlain(trace)) renewTitles(trace);
        if (isPlain(figure.layout)) renewTitles(figure.layout);
        const kept = Object.entries(figure.config ?? {}).filter(([option]) => !LEADING_AWAY.includes(option));
        return original(element, { ...figure, data: figure.data ?? [], config: Object.fromEntries(kept) });
      };
    }
    plotly.plot ??= plotly.newPlot; // its name before 2021
  }

  // The menu beside a chart opens an editor elsewhere.
  function withoutMenu(embed) {
    return Object.assign((element, spec, options) => embed(element, spec, { ...options, actions: false }), embed);
  }

  const libraries = new Map(
    Object.entries({
      jquery: globalThis.jQuery,
      plotly: globalThis.Plotly,
      vega: globalThis.vega,
      "vega-lib": globalThis.vega,
      "vega-lite": globalThis.vegaLite,
      "vega-embed": globalThis.vegaEmbed && withoutMenu(globalThis.vegaEmbed),
    }).filter(([, library]) => library !== undefined),
  );
  if (libraries.has("plotly")) tamePlotly(libraries.get("plotly"));
  if (libraries.has("vega-embed")) globalThis.vegaEmbed = libraries.get("vega-embed");

  const { requirejs, define } = globalThis;
  if (!requirejs) return;
  for (const [name, library] of libraries) define(name, [], () => library);
  requirejs([...libraries.keys()]);

  const context = requirejs.s.contexts._;
  const configure = context.configure.bind(context);
  const withoutOurs = (places) => Object.fromEntries(Object.entries(places).filter(([name]) => !libraries.has(name)));
  context.configure = (config) => {
    const kept = { ...config };
    for (const option of ["paths", "shim", "bundles"]) if (isPlain(kept[option])) kept[option] = withoutOurs(kept[option]);
    if (isPlain(kept.map)) kept.map = Object.fromEntries(Object.entries(kept.map).map(([name, places]) => [name, withoutOurs(places)]));
    return configure(kept);
  };
  const forget = requirejs.undef;
  requirejs.undef = (name) => {
    if (!libraries.has(name)) forget(name);
  };
})();
