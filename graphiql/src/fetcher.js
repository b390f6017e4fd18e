// How an operation leaves the page: to the page's own server only, ids filled in, the template of a token left out.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { session } from "./session.js";
import { fill, hasPlaceholders } from "./placeholders.js";

export function createFetcher(endpoint) {
  const url = new URL(endpoint, location.origin);
  const socket = new URL(url);
  socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const send = createGraphiQLFetcher({ url: url.pathname, subscriptionUrl: socket.href, enableIncrementalDelivery: false });

  return async (given, options = {}) => {
    const operation = withoutForeignName(given);
    const headers = session.toSend(options.headers);
    const variables = JSON.stringify(operation.variables ?? null);
    if (!hasPlaceholders(variables)) return send(operation, { ...options, headers });
    const { names } = await session.lookUp(headers);
    return send({ ...operation, variables: JSON.parse(fill(variables, names)) }, { ...options, headers });
  };
}

// For a moment after a tab is changed, GraphiQL still names the operation of the tab before.
function withoutForeignName(operation) {
  const { operationName, ...rest } = operation;
  const isThere = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(operation.query);
  return operationName && !isThere ? rest : operation;
}
