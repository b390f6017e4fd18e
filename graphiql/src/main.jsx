// The page: GraphiQL with its explorer, the examples, and one token for all tabs.
import "./workers.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { pick, useGraphiQL } from "@graphiql/react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useEffect, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { EXAMPLES_PLUGIN } from "./examples.jsx";
import { createFetcher } from "./fetcher.js";
import { hasPlaceholders } from "./placeholders.js";
import { HEADERS_TEMPLATE, headersFor, session } from "./session.js";
import { issuersOf, leaveToSignIn, tokenFromReturn } from "./signin.js";
import { storage } from "./storage.js";
import { nameTabs } from "./tasks.js";

const root = document.getElementById("graphiql");
const ISSUERS = issuersOf(root);
const PLUGINS = [EXAMPLES_PLUGIN, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];

/** Makes the editors show whole lines, and the tab strip the tab in view. */
function Legibility() {
  const { activeTabIndex, ...editors } = useGraphiQL(
    pick("activeTabIndex", "queryEditor", "headerEditor", "variableEditor", "responseEditor"),
  );

  useEffect(() => {
    for (const editor of Object.values(editors)) editor?.updateOptions({ fontSize: 13, wordWrap: "on" });
  }, Object.values(editors));

  useEffect(() => {
    document.querySelector('[role="tab"][aria-selected="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [activeTabIndex]);

  return null;
}

/** Puts the tab in view into the editors once they are loaded: GraphiQL fills them with the first one, whichever was clicked meanwhile. */
function CatchUp() {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor"),
  );
  const { query, variables } = tabs[activeTabIndex];

  useEffect(() => {
    if (queryEditor && queryEditor.getValue() !== (query ?? "")) queryEditor.setValue(query ?? "");
  }, [queryEditor]);

  useEffect(() => {
    if (variableEditor && variableEditor.getValue() !== (variables ?? "")) variableEditor.setValue(variables ?? "");
  }, [variableEditor]);

  return null;
}

/** Carries the headers, with the token, to whichever tab comes into view, and puts ids into its variables. */
function CarryToken() {
  const { headerEditor, variableEditor, activeTabIndex } = useGraphiQL(pick("headerEditor", "variableEditor", "activeTabIndex"));
  const kept = useSyncExternalStore(session.subscribe, () => session.kept);

  useEffect(() => {
    if (!headerEditor) return undefined;
    if (headerEditor.getValue().trim() !== session.headers.trim()) headerEditor.setValue(session.headers);
    const takeNewToken = () => session.takeToken() && (headerEditor.setValue(session.headers), session.lookUp());
    window.addEventListener("hashchange", takeNewToken);
    return () => window.removeEventListener("hashchange", takeNewToken);
  }, [headerEditor, activeTabIndex]);

  useEffect(() => {
    const text = variableEditor?.getValue() ?? "";
    if (!hasPlaceholders(text)) return;
    session.lookUp().then(() => {
      if (variableEditor.getValue() === text) variableEditor.setValue(session.fill(text));
    });
  }, [variableEditor, activeTabIndex, kept]);

  return null;
}

/** Whether a change of the headers comes from the user: GraphiQL itself changes them with the tab. */
const isTypingHeaders = () => Boolean(document.activeElement?.closest("section[aria-label='Headers']"));

/** Says whose token the page holds, or where to put one. */
function Status() {
  const { viewer, reason, said: whatFailed } = useSyncExternalStore(session.subscribe, () => session.status);
  if (viewer) {
    return (
      <p className="nbi-status" data-status="signed-in">
        Token of <strong>{viewer}</strong>. It stays in this page and is not stored.
      </p>
    );
  }
  const said = {
    "no-token": "No token yet: ",
    refused: "The server refuses this token: ",
    failed: "The server did not say whose token this is: ",
    "not-signed-in": `Signing in failed (${whatFailed}): `,
  }[reason];
  return (
    <p className="nbi-status" data-status={reason}>
      {said}
      {ISSUERS.map((issuer) => (
        <button key={issuer.name} type="button" className="nbi-sign-in" onClick={() => signInWith(issuer)}>
          Sign in with {issuer.name}
        </button>
      ))}
      {ISSUERS.length > 0 && "or "}put one into <strong>Headers</strong>, below the query, or open this page with <code>#token=…</code> behind its address. It is
      not stored.
    </p>
  );
}

async function signInWith(issuer) {
  try {
    await leaveToSignIn(issuer);
  } catch (error) {
    session.failedToSignIn(error);
  }
}

session.start(root.dataset.endpoint);
try {
  const token = await tokenFromReturn(ISSUERS);
  if (token) session.headers = headersFor(token);
  session.lookUp();
} catch (error) {
  session.failedToSignIn(error);
}
const hasToken = session.headers !== HEADERS_TEMPLATE;

createRoot(root).render(
  <GraphiQL
    fetcher={createFetcher(session.endpoint)}
    storage={storage}
    plugins={PLUGINS}
    visiblePlugin={EXAMPLES_PLUGIN}
    defaultHeaders={session.headers}
    defaultEditorToolsVisibility={hasToken ? "variables" : "headers"}
    shouldPersistHeaders={false}
    schemaDescription
    inputValueDeprecation
    onTabChange={({ tabs }) => nameTabs(tabs)}
    onEditHeaders={(text) => isTypingHeaders() && session.remember(text)}
  >
    <GraphiQL.Logo>
      <span className="nbi-logo">nbinsight</span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Status />
    </GraphiQL.Footer>
    <CatchUp />
    <CarryToken />
    <Legibility />
  </GraphiQL>,
);
