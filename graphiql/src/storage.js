// What GraphiQL keeps between visits: tabs, history, theme, sizes of panes. Never headers: its history would keep them even with
// shouldPersistHeaders off (graphiql 5.4), so they are taken out of everything that is written and put back from memory on reading.
import { session } from "./session.js";
import { firstTabs, nameTabs } from "./tasks.js";

const NAMESPACE = "nbinsight:";

function cleaned(key, text) {
  if (key === "graphiql:headers") return null;
  if (key === "graphiql:variables") return session.unfill(text);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return text; // a query, a theme, a size
  }
  return JSON.stringify(value, (name, part) => {
    if (name === "headers") return null;
    return name === "variables" && typeof part === "string" ? session.unfill(part) : part;
  });
}

/** The tabs as GraphiQL reads them at its start, under the names that its own reading of the texts would not give them. */
function tabState(text) {
  const state = text ? JSON.parse(text) : { activeTabIndex: 0, tabs: firstTabs().map(tab) };
  nameTabs(state.tabs);
  return JSON.stringify(state);
}

const tab = (given, index) => ({ id: `task-${index}`, headers: null, operationName: null, response: null, ...given });

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));

export const storage = {
  getItem(key) {
    const text = localStorage.getItem(NAMESPACE + key);
    if (key === "graphiql:tabState") return tabState(text);
    if (text === null || !["graphiql:queries", "graphiql:favorites"].includes(key)) return text;
    return JSON.stringify(JSON.parse(text), (name, part) => (name === "headers" ? session.headers : part));
  },
  setItem(key, text) {
    const value = cleaned(key, text);
    if (value !== null) localStorage.setItem(NAMESPACE + key, value);
  },
  removeItem: (key) => localStorage.removeItem(NAMESPACE + key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
};
