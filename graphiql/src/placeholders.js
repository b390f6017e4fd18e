// Examples name ids as {{name}}: these functions put the ids in, and take them out of what is kept for later.

export const hasPlaceholders = (text) => /\{\{\w+\}\}/.test(text);

const quoted = (text) => JSON.stringify(text).slice(1, -1);

/** The text, JSON, with each {{name}} that has an id replaced by it. */
export const fill = (text, names) =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name) => (Object.hasOwn(names, name) ? quoted(names[name]) : whole));

/** The text with those ids replaced by {{name}}, so that it is right again when the demo has been made anew. */
export const unfill = (text, names) =>
  Object.entries(names).reduce((result, [name, id]) => result.replaceAll(quoted(id), `{{${name}}}`), text);
