// The sidebar's list of tasks. Each has a tab of its own, and the steps of the one in view are listed below it.
import { useGraphiQL, useGraphiQLActions, pick } from "@graphiql/react";
import { Fragment, useSyncExternalStore } from "react";
import { session } from "./session.js";
import { isAsWritten, stepOf, TASKS } from "./tasks.js";

const Icon = (props) => (
  <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" {...props}>
    <path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h16v7H4z" />
  </svg>
);

const KINDS = { query: "reads", mutation: "changes", subscription: "listens" };

function Step({ step, isOpen, isDone, onOpen }) {
  return (
    <button type="button" className="nbi-step" aria-current={isOpen ? "step" : undefined} onClick={onOpen}>
      <span className="nbi-done" aria-label={isDone ? "done" : undefined}>
        {isDone && "✓"}
      </span>
      <span className="nbi-label">{step.label}</span>
      <span className={`nbi-kind nbi-${step.kind}`}>{KINDS[step.kind]}</span>
      {step.login && <span className="nbi-login">as {step.login}</span>}
      {step.refused && <span className="nbi-refused">is refused</span>}
    </button>
  );
}

function Steps({ task, openStep, onOpen }) {
  const done = useSyncExternalStore(session.subscribe, () => session.done);
  return (
    <ol className="nbi-steps">
      {task.steps.map((step, index) => (
        <Fragment key={step.query}>
          {step.heading !== task.steps[index - 1]?.heading && <li className="nbi-heading">{step.heading}</li>}
          <li>
            <Step step={step} isOpen={step === openStep} isDone={done.has(step.query)} onOpen={() => onOpen(step)} />
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function Examples() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor", "responseEditor"),
  );
  const shown = stepOf(tabs[activeTabIndex]?.query);

  /** Show a task's tab, at the step it is at unless one is named. What the user has changed is never replaced. */
  function open(task, step) {
    const isTheTasks = (query) => stepOf(query)?.task === task && (!step || isAsWritten(query));
    const isInView = isTheTasks(queryEditor.getValue());
    const index = isInView ? activeTabIndex : tabs.findIndex((tab, other) => other !== activeTabIndex && isTheTasks(tab.query));
    if (index < 0) addTab();
    else if (!isInView) changeTab(index);
    if (index >= 0 && !step) return;
    const { query, variables } = step ?? task.steps[0];
    queryEditor.setValue(query);
    variableEditor.setValue(session.fill(variables));
    responseEditor?.setValue(""); // of the step before
  }

  return (
    <section className="nbi-examples" aria-label="Examples">
      <header className="graphiql-doc-explorer-title">Examples</header>
      <p>
        Each task has a tab. Its steps run as they stand against the demo, in order: ids come from the answers to the steps before.{" "}
        <em>As wim</em> means with his token, in <em>Headers</em>; the server printed it at its start.
      </p>
      <ol>
        {TASKS.map((task) => (
          <li key={task.slug} className="nbi-task">
            <button
              type="button"
              className="nbi-title"
              disabled={!queryEditor || !variableEditor}
              aria-expanded={task === shown?.task}
              onClick={() => open(task)}
            >
              <span className="nbi-task-name">{task.title}</span>
              <span className="nbi-about">{task.about}</span>
            </button>
            {task === shown?.task && queryEditor && variableEditor && (
              <Steps task={task} openStep={shown.step} onOpen={(step) => open(task, step)} />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

export const EXAMPLES_PLUGIN = { title: "Examples", icon: Icon, content: Examples };
