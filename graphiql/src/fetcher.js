// How an operation leaves the page: to the page's own server only, ids filled in, the template of a token left out.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { session } from "./session.js";
import { hasPlaceholders, namesIn } from "./placeholders.js";
import { giverOf } from "./tasks.js";

export function createFetcher(endpoint) {
  const url = new URL(endpoint, location.origin);
  const socket = new URL(url);
  socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const send = createGraphiQLFetcher({ url: url.pathname, subscriptionUrl: socket.href, enableIncrementalDelivery: false });

  return async (given, options = {}) => {
    const operation = withoutForeignName(given);
    const headers = session.toSend(options.headers);
    if (hasPlaceholders(JSON.stringify(operation.variables ?? null))) await session.lookUp(headers);
    const variables = session.fill(JSON.stringify(operation.variables ?? null));
    const missing = namesIn(variables).filter(giverOf);
    if (missing.length) return notSent(missing);
    const answer = await send({ ...operation, variables: JSON.parse(variables) ?? undefined }, { ...options, headers });
    session.note(operation.query, answer, headers);
    return answer;
  };
}

/** What is shown in place of an answer where steps before have not run: the server would only say that there is no such id. */
const notSent = (missing) => ({
  errors: missing.map((name) => ({ message: `Not sent: run ${giverOf(name)}, first. Its answer holds $${name.split(".").at(-1)}.` })),
});

// For a moment after a tab is changed, GraphiQL still names the operation of the tab before.
function withoutForeignName(operation) {
  const { operationName, ...rest } = operation;
  const isThere = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(operation.query);
  return operationName && !isThere ? rest : operation;
}
