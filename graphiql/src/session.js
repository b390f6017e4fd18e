// The token, what it may see, and what answers gave to later steps. All live in this module's memory only: a reload forgets them.
import lookupQuery from "../examples/lookup.graphql";
import { fill, unfill } from "./placeholders.js";
import { keptFrom } from "./tasks.js";

const PAUSE_MILLISECONDS = 500;

const PLACEHOLDER = "PASTE-YOUR-TOKEN-HERE";

export const headersFor = (token) => JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);

export const HEADERS_TEMPLATE = headersFor(PLACEHOLDER);

/** Take the token out of `#token=…`, so that neither the address bar nor a copied address keeps it. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** Whether no token has been put into headers yet; what is typed there may be a number or a list as well. */
const isTemplate = (headers) => String(headers.Authorization).includes(PLACEHOLDER);

/** What a headers editor says, or nothing if that cannot be read or is still the template. */
function readHeaders(text) {
  try {
    const headers = JSON.parse(text);
    return isTemplate(headers) ? undefined : headers;
  } catch {
    return undefined;
  }
}

/** The ids that examples name, as {{name}}, in an answer to examples/lookup.graphql. */
function namesIn(project) {
  const insights = project?.insights.nodes ?? [];
  const pinnable = insights.find((insight) => insight.notebook?.exports.nodes.length > 1) ?? insights.find((insight) => insight.notebook);
  const names = {
    notebookId: project?.notebooks.nodes[0]?.id,
    dashboardId: project?.dashboards.nodes[0]?.id,
    insightId: pinnable?.id,
    earlierExportId: pinnable?.notebook.exports.nodes.at(-1)?.id,
  };
  return Object.fromEntries(Object.entries(names).filter(([, id]) => id));
}

export const session = {
  endpoint: "",
  headers: HEADERS_TEMPLATE, // the latest that an editor held, as text
  status: { viewer: null, names: {}, reason: "no-token" },
  kept: {}, // what steps gave to later ones, by name
  done: new Set(), // the texts of steps that were answered
  listeners: new Set(),
  lookups: new Map(), // Authorization → promise of a status

  start(endpoint) {
    this.endpoint = endpoint;
    this.takeToken();
  },

  /** Take a token that the address carries; true if there was one. */
  takeToken() {
    const token = takeTokenFromAddress();
    if (token) this.headers = headersFor(token);
    return Boolean(token);
  },

  /** Keep what the user typed, unless it is no token yet, and say whose it is once they pause. */
  remember(text) {
    if (text === this.headers || !readHeaders(text)?.Authorization) return;
    this.headers = text;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.lookUp(), PAUSE_MILLISECONDS);
  },

  /** Headers to send: those given but for the template; those of the page when the caller has none (introspection at start). */
  toSend(given) {
    const headers = given ?? readHeaders(this.headers) ?? {};
    if (!isTemplate(headers)) return headers;
    const { Authorization: _template, ...others } = headers;
    return others;
  },

  /** Ask who the token belongs to and for the demo's ids; asked once a token. */
  async lookUp(headers = this.toSend()) {
    const authorization = headers.Authorization;
    if (!authorization) return this.status;
    if (!this.lookups.has(authorization)) this.lookups.set(authorization, this.ask(headers));
    const status = await this.lookups.get(authorization);
    if (status.reason) this.lookups.delete(authorization);
    if (authorization !== this.toSend().Authorization) return status; // another token was typed meanwhile
    this.status = status;
    this.tell();
    return status;
  },

  /** Note what an answer gives to later steps, or that the token has ended; of a subscription there is no single answer. */
  note(query, answer, headers) {
    if (answer?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED") && this.lookups.delete(headers.Authorization)) {
      this.lookUp(headers);
    }
    if (!answer?.data) return;
    this.kept = { ...this.kept, ...keptFrom(query, answer.data) };
    this.done = new Set(this.done).add(query);
    this.tell();
  },

  /** Variables with the ids that are known by now. */
  fill: (text) => fill(text, { ...session.status.names, ...session.kept }),

  /** Variables with these ids taken out. */
  unfill: (text) => unfill(text, { ...session.status.names, ...session.kept }),

  /** Say why signing in came to nothing. */
  failedToSignIn(error) {
    this.status = { viewer: null, names: {}, reason: "not-signed-in", said: error.error_description ?? error.error ?? error.message };
    this.tell();
  },

  tell() {
    for (const listener of this.listeners) listener();
  },

  async ask(headers) {
    try {
      const response = await fetch(this.endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9", ...headers },
        body: JSON.stringify({ query: lookupQuery }),
      });
      if (response.status === 401) return { viewer: null, names: {}, reason: "refused" };
      const { data } = await response.json();
      return { viewer: data?.viewer?.user.login ?? null, names: namesIn(data?.project), reason: data?.viewer ? null : "failed" };
    } catch {
      return { viewer: null, names: {}, reason: "failed" };
    }
  },

  subscribe: (listener) => {
    session.listeners.add(listener);
    return () => session.listeners.delete(listener);
  },
};
