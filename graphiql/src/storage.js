// What GraphiQL keeps between visits: tabs, history, theme, sizes of panes. Never headers: its history would keep them even with
// shouldPersistHeaders off (graphiql 5.4), so they are taken out of everything that is written and put back from memory on reading.
import { session } from "./session.js";
import { unfill } from "./placeholders.js";

const NAMESPACE = "nbinsight:";

function cleaned(key, text) {
  if (key === "graphiql:headers") return null;
  if (key === "graphiql:variables") return unfill(text, session.status.names);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return text; // a query, a theme, a size
  }
  return JSON.stringify(value, (name, part) => {
    if (name === "headers") return null;
    return name === "variables" && typeof part === "string" ? unfill(part, session.status.names) : part;
  });
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));

export const storage = {
  getItem(key) {
    const text = localStorage.getItem(NAMESPACE + key);
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
