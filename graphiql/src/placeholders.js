// Examples name ids as {{name}}: these functions put the ids in, and take them out of what is kept for later.

const PLACEHOLDER = /"\{\{([\w.-]+)\}\}"/g;
const SHORTEST_ID = 12; // shorter texts, and numbers, are not unmistakable

export const hasPlaceholders = (text) => text.search(PLACEHOLDER) >= 0;

/** The names in a text, JSON, that have no value yet. */
export const namesIn = (text) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name);

/** The text, JSON, with each "{{name}}" that has a value replaced by it. */
export const fill = (text, names) =>
  text.replaceAll(PLACEHOLDER, (whole, name) => (Object.hasOwn(names, name) ? JSON.stringify(names[name]) : whole));

/** The text with those ids replaced by "{{name}}", so that it is right again when the demo has been made anew. */
export const unfill = (text, names) =>
  Object.entries(names)
    .filter(([, value]) => typeof value === "string" && value.length >= SHORTEST_ID)
    .reduce((result, [name, id]) => result.replaceAll(JSON.stringify(id), `"{{${name}}}"`), text);
