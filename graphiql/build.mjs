// Bundles the page into a folder: files with hashed names, stored compressed only (NAME.br, NAME.gz), and manifest.json naming them.
//   node build.mjs [FOLDER]      default: ../server/_graphiql
// hatch_build.py calls it and adds the digest of these sources to the manifest.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2] ?? path.join(here, "../server/_graphiql"));

// Brotli's level 11 takes 20 times as long as 9 for 6 % less.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 } };

const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  outdir: target,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"' },
};

// examples/NAME.graphql, with its variables in NAME.variables.json, are the steps of the task that newcomers begin with; what they are
// about is their first paragraph of comments. examples/tasks.json holds those that docs/generate.py makes of the pages in docs/how-to.
const FIRST_STEPS = { slug: "first-steps", title: "First steps", about: "Look around, then publish a notebook.", page: "graphiql/examples" };

async function readFirstSteps() {
  const folder = path.join(here, "examples");
  const names = (await readdir(folder)).filter((name) => /^\d+-.*\.graphql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(path.join(folder, name), "utf8")).trim();
      const variables = await readFile(path.join(folder, name.replace(/\.graphql$/, ".variables.json")), "utf8").catch(() => "");
      const about = (/^(# .*\n)+/.exec(text)?.[0] ?? "").replaceAll(/^# /gm, "").trim().replaceAll("\n", " ");
      const operation = /^(query|mutation|subscription)\s+(\w+)/m.exec(text);
      if (!operation || !about) throw new Error(`${name}: begin with a comment of what it shows, and name the operation`);
      return { kind: operation[1], label: operation[2], about, query: text, variables: variables.trim(), keeps: {} };
    }),
  );
}

// The steps of a page as the same: what a step needs is named {{PAGE.NAME}}, which the page fills in from answers to the steps before.
const readTaskSteps = ({ slug, page, steps }) =>
  steps.map(({ about, query, variables, keeps, ...step }) => ({
    ...step,
    query: `# ${about}\n# (${page})\n${query}`,
    variables: variables.length ? JSON.stringify(Object.fromEntries(variables.map((name) => [name, `{{${slug}.${name}}}`])), null, 2) : "",
    keeps: Object.fromEntries(Object.entries(keeps).map(([name, place]) => [`${slug}.${name}`, place.split(".")])),
  }));

// All tasks. A step's text begins with a line that names task and step, by which the page knows it again.
async function readExamples() {
  const pages = JSON.parse(await readFile(path.join(here, "examples/tasks.json"), "utf8"));
  const tasks = [{ ...FIRST_STEPS, steps: await readFirstSteps() }, ...pages.map((task) => ({ ...task, steps: readTaskSteps(task) }))];
  return tasks.map((task) => ({
    ...task,
    steps: task.steps.map((step, index) => ({
      ...step,
      query: `# ${task.title}, step ${index + 1} of ${task.steps.length}: ${step.label}\n${step.query}`,
    })),
  }));
}

const examplesPlugin = {
  name: "examples",
  setup(pipeline) {
    pipeline.onResolve({ filter: /^examples:all$/ }, () => ({ path: "all", namespace: "examples" }));
    pipeline.onLoad({ filter: /.*/, namespace: "examples" }, async () => ({
      loader: "json",
      contents: JSON.stringify(await readExamples()),
    }));
  },
};

// graphiql/style.css holds Monaco's rules already; the copies that Monaco's modules import are left out.
const withoutMonacoStyles = {
  name: "without-monaco-styles",
  setup(pipeline) {
    pipeline.onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "css" }));
  },
};

async function bundleWorkers() {
  return build({ ...shared, entryPoints: WORKERS, format: "iife", entryNames: "[name]-worker-[hash]" });
}

async function bundlePage(workers) {
  return build({
    ...shared,
    entryPoints: { page: "src/main.jsx", icon: "src/icon.svg" },
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    jsx: "automatic",
    loader: { ".graphql": "text", ".ttf": "file", ".woff2": "file", ".svg": "copy" },
    define: { ...shared.define, WORKER_FILES: JSON.stringify(workers) },
    // The old names of Prettier's parsers are CommonJS, whose named exports are lost where a chunk is split off.
    alias: { "prettier/parser-babel": "prettier/plugins/babel", "prettier/parser-graphql": "prettier/plugins/graphql" },
    plugins: [examplesPlugin, withoutMonacoStyles],
  });
}

// What each entry point was written as.
function outputsOf(result) {
  return Object.fromEntries(
    Object.entries(result.metafile.outputs)
      .filter(([, output]) => output.entryPoint)
      .map(([file, output]) => [output.entryPoint, { script: path.basename(file), style: output.cssBundle && path.basename(output.cssBundle) }]),
  );
}

// The licences of all packages that the bundle holds parts of.
async function licensesOf(results) {
  const inputs = results.flatMap((result) => Object.keys(result.metafile.inputs));
  const folders = new Set(inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean));
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(path.join(here, folder, "package.json"), "utf8"));
      const file = (await readdir(path.join(here, folder))).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? await readFile(path.join(here, folder, file), "utf8") : "";
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

const workers = await bundleWorkers();
const workerFiles = Object.fromEntries(
  Object.entries(WORKERS).map(([name]) => [
    name,
    path.basename(workers.outputFiles.find((file) => path.basename(file.path).startsWith(`${name}-worker-`)).path),
  ]),
);
const page = await bundlePage(workerFiles);
const entry = outputsOf(page)["src/main.jsx"];

const fresh = `${target}.${process.pid}`;
await mkdir(fresh, { recursive: true });
const sizes = {};
for (const { path: file, contents } of [...workers.outputFiles, ...page.outputFiles]) {
  const name = path.basename(file);
  if (contents.length === 0) continue; // the style sheet of a chunk whose styles were left out
  const [br, gz] = await Promise.all([promisify(brotliCompress)(contents, BROTLI), promisify(gzip)(contents, { level: 9 })]);
  await Promise.all([writeFile(path.join(fresh, `${name}.br`), br), writeFile(path.join(fresh, `${name}.gz`), gz)]);
  sizes[name] = { identity: contents.length, gzip: gz.length, br: br.length };
}
await writeFile(path.join(fresh, "licenses.txt"), await licensesOf([workers, page]));
const icon = Object.keys(sizes).find((name) => name.startsWith("icon-") && name.endsWith(".svg"));
const manifest = { script: entry.script, style: entry.style, icon, files: sizes };
await writeFile(path.join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(target, { recursive: true, force: true });
await rename(fresh, target);

const total = (encoding) => (Object.values(sizes).reduce((sum, size) => sum + size[encoding], 0) / 1e6).toFixed(2);
console.log(`GraphiQL: ${Object.keys(sizes).length} files, ${total("identity")} MB (gzip ${total("gzip")}, brotli ${total("br")}) in ${target}`);
