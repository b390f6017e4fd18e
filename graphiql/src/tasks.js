// The examples: tasks of the docs, each a tab, and their steps, each a text for that tab. A text's first line says which it is.
import tasks from "examples:all";

const FIRST_LINE = /^# (.+), step (\d+) of \d+: /;

export const TASKS = tasks;

/** The task and step that a text is, edited or not; undefined if it is the user's own. */
export function stepOf(query) {
  const [, title, number] = FIRST_LINE.exec(query ?? "") ?? [];
  const task = TASKS.find((candidate) => candidate.title === title);
  const step = task?.steps[number - 1];
  return step && { task, step };
}

/** Whether a text may be replaced by another step: nobody has changed it. */
export const isAsWritten = (query) => stepOf(query)?.step.query === query;

/** What an answer gives to later steps: values by the names that their variables have in them. */
export function keptFrom(query, data) {
  const keeps = Object.entries(stepOf(query)?.step.keeps ?? {});
  const found = keeps.map(([name, place]) => [name, place.reduce((part, key) => part?.[key], data)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}

/** Which step gives a name, in words; undefined for names that no step gives. */
export function giverOf(name) {
  for (const { title, steps } of TASKS) {
    const index = steps.findIndex(({ keeps }) => Object.hasOwn(keeps, name));
    if (index >= 0) return `step ${index + 1} of “${title}”, ${steps[index].label}`;
  }
  return undefined;
}

/** GraphiQL names tabs after their operation; a task's are named after the task. */
export function nameTabs(tabs) {
  for (const tab of tabs) tab.title = stepOf(tab.query)?.task.title ?? tab.title;
}

/** The tabs of a first visit. */
export const firstTabs = () => TASKS.map(({ title, steps: [{ query, variables }] }) => ({ title, query, variables }));
