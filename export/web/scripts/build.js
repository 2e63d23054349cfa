/**
 * Puts the demo page together: a folder of static files for any web host.
 *
 *     npm run build [-- FOLDER]     (dist/ by default)
 */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledFile, ROOT } from "./bundled-model.js";

const HERE = fileURLToPath(new URL("../", import.meta.url));
const CORPUS = fileURLToPath(new URL("bertsum_tf/data/sample/news.jsonl", ROOT));

// Of the test split: the model has not seen it.
const SAMPLE = "sample-094";

// LiteRT.js's builds for the CPU; the page takes one, by what the browser can do.
const WASM_BUILDS = ["", "compat_", "threaded_"];

const LITERT = "node_modules/@litertjs";
const WASM_UTILS = '"@litertjs/wasm-utils"';

/**
 * @param {string} folder what is in it is replaced.
 * @returns {string} the folder.
 */
export function build(folder = join(HERE, "dist")) {
  // First what can fail.
  const model = bundledFile();
  const sample = sampleArticle();
  const liteRt = readText(`${LITERT}/core/dist/index.js`);
  if (liteRt.split(WASM_UTILS).length !== 2) {
    throw new Error(`LiteRT.js does not import ${WASM_UTILS} as it did: see what it imports now.`);
  }
  rmSync(folder, { recursive: true, force: true });
  const write = (path, content) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const copy = (from, to) => cpSync(join(HERE, from), join(folder, to), { recursive: true });

  copy("demo", ".");
  copy("bertsum.js", "bertsum/bertsum.js");
  copy("src", "bertsum/src");
  write("model.tflite", model);
  write("sample.txt", sample);
  // A worker has no import map that would say what a bare name means.
  write("litert/core.js", liteRt.replace(WASM_UTILS, '"./wasm-utils.js"'));
  copy(`${LITERT}/wasm-utils/dist/index.js`, "litert/wasm-utils.js");
  for (const kind of WASM_BUILDS) {
    for (const ending of ["js", "wasm"]) {
      const name = `litert_wasm_${kind}internal.${ending}`;
      copy(`${LITERT}/core/wasm/${name}`, `litert/wasm/${name}`);
    }
  }
  // For sw.js, which keeps them; it and this list are the browser's to keep.
  const files = filesUnder(folder).filter((path) => path !== "sw.js");
  const sums = files.map((path) => [path, sha256(readFileSync(join(folder, path)))]);
  write("files.js", `self.FILES = ${JSON.stringify(Object.fromEntries(sums), null, 1)};\n`);
  return folder;
}

function sampleArticle() {
  const articles = readFileSync(CORPUS, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  return articles.find(({ id }) => id === SAMPLE).document;
}

function readText(path) {
  return readFileSync(join(HERE, path), "utf8");
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.path, entry.name)).split(sep).join("/"))
    .sort();
}

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = build(process.argv[2] && resolve(process.argv[2]));
  console.log(`${folder}: copy it to any web host (https, or localhost).`);
}
