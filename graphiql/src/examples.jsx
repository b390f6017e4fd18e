// The sidebar's list of examples: each opens in a tab of its own.
import { useGraphiQL, useGraphiQLActions, pick } from "@graphiql/react";
import examples from "examples:all";

const Icon = (props) => (
  <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" {...props}>
    <path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h16v7H4z" />
  </svg>
);

const KINDS = { query: "reads", mutation: "changes", subscription: "listens" };

function Examples() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor"),
  );

  function open(example) {
    const index = tabs.findIndex((tab) => tab.title === example.name);
    if (index >= 0) return changeTab(index);
    addTab();
    queryEditor.setValue(example.query);
    variableEditor.setValue(example.variables);
  }

  return (
    <section className="nbi-examples" aria-label="Examples">
      <header className="graphiql-doc-explorer-title">Examples</header>
      <p>They run as they stand against the demo project. Ids are filled in once the page has a token.</p>
      <ol>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" aria-current={tabs[activeTabIndex]?.title === example.name} onClick={() => open(example)}>
              <span className="nbi-example-name">{example.name}</span> <span className={`nbi-kind nbi-${example.kind}`}>{KINDS[example.kind]}</span>
              <span className="nbi-example-about">{example.about}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

export const EXAMPLES_PLUGIN = { title: "Examples", icon: Icon, content: Examples };

export const exampleTabs = () => examples.map(({ query, variables }) => ({ query, variables, headers: null }));
