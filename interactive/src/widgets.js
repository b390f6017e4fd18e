// Comes after the modules of html-manager: shows the widgets whose state is in the document. A widget of another package is a note,
// for its code would have to come from elsewhere.
(() => {
  "use strict";

  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

  function note(text) {
    const element = document.createElement("p");
    element.setAttribute("role", "note");
    element.className = "nbi-note";
    element.lang = "en";
    element.textContent = text;
    return element;
  }

  // A module of which every class is known: a model that does nothing, and a view that says so.
  function missingModule(base, name, modelNames) {
    class MissingView extends base.DOMWidgetView {
      render() {
        super.render();
        this.el.replaceChildren(note(`This widget cannot be shown here: it needs the package ${name}.`));
      }
    }
    return new Proxy({}, { get: (_, word) => (word === "then" ? undefined : modelNames.has(word) ? base.DOMWidgetModel : MissingView) });
  }

  async function show(base, HTMLManager, holder) {
    const state = JSON.parse(holder.textContent);
    const modelNames = new Set(Object.values(state.state).map((model) => model.model_name));
    const manager = new HTMLManager({ loader: async (name) => missingModule(base, name, modelNames) });
    const models = new Map((await manager.set_state(state)).map((model) => [model.model_id, model]));
    for (const view of document.querySelectorAll(VIEW)) {
      const model = models.get(JSON.parse(view.textContent).model_id);
      if (model === undefined || view.dataset.nbiShown) continue;
      view.dataset.nbiShown = "true";
      const place = document.createElement("div");
      place.className = "widget-subarea";
      view.before(place);
      await manager.display_view(manager.create_view(model), place);
      for (const fallback of view.parentElement.querySelectorAll(":scope > .nbi-fallback")) fallback.remove();
    }
  }

  async function showAll(base, { HTMLManager }) {
    for (const holder of document.querySelectorAll(STATE)) {
      try {
        await show(base, HTMLManager, holder);
      } catch (error) {
        console.error(error);
      }
    }
    for (const view of document.querySelectorAll(VIEW)) {
      if (!view.dataset.nbiShown) view.before(note("This widget cannot be shown: its state was not saved in the notebook."));
    }
  }

  // The arrow function matters: require.js takes an async function for no function.
  function begin() {
    if (document.querySelector(VIEW) === null) return;
    globalThis.requirejs(["@jupyter-widgets/base", "@jupyter-widgets/html-manager"], (base, manager) => void showAll(base, manager));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
