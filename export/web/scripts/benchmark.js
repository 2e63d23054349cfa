/**
 * Milliseconds a document: LiteRT.js in Chromium beside LiteRT in Python, on this machine.
 *
 *     npm run benchmark [-- DOCUMENTS [ROUNDS]]     (32 documents, 5 rounds by default)
 *
 * Whole summaries, text in, text out, of the articles that ship with the Python package. The four
 * take turns, document by document, so that whatever else the machine does hits them alike. PYTHON is
 * the Python that has bertsum_tf.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { executablePath, launch, skip } from "../tests/browser/chromium.js";
import { missingPython, PYTHON, pythonEnvironment, shippedArticles } from "../tests/browser/python.js";
import { build } from "./build.js";
import { serve } from "./server.js";

const DOCUMENTS = Number(process.argv[2] ?? 32);
const ROUNDS = Number(process.argv[3] ?? 5);
const LOADS = 5;

/** Answers each line, a text in JSON, with the milliseconds of its summary. */
const PYTHON_PROGRAM = `
import json, sys, time
started = time.perf_counter()
from bertsum_tf import Summarizer, bundled
from bertsum_tf.engines.litert_engine import LiteRtEngine
summarizer = Summarizer(LiteRtEngine(bundled.TFLITE, threads=int(sys.argv[1])))
print(json.dumps((time.perf_counter() - started) * 1000), flush=True)
for line in sys.stdin:
    text = json.loads(line)
    started = time.perf_counter()
    summarizer(text)
    print(json.dumps((time.perf_counter() - started) * 1000), flush=True)
`;

/** The demo's own worker in a page of its own. */
async function inBrowser(browser, site) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${site.url}icon.svg`); // of the demo's origin, and with nothing that runs
  const { milliseconds, threads } = await page.evaluate(async (url) => {
    const { Engine } = await import(`${url}engine.js`);
    window.engine = new Engine();
    return window.engine.load();
  }, site.url);
  return {
    loading: milliseconds,
    threads,
    summarise: (text) =>
      page.evaluate(async (text) => {
        const { milliseconds } = await window.engine.analyse(text);
        return milliseconds + (await window.engine.choose({})).milliseconds;
      }, text),
    close: () => context.close(),
  };
}

async function inPython(threads) {
  const process = spawn(PYTHON, ["-c", PYTHON_PROGRAM, String(threads)], {
    env: pythonEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  return {
    loading: await next(),
    threads,
    summarise: (text) => {
      process.stdin.write(`${JSON.stringify(text)}\n`);
      return next();
    },
    close: () => process.stdin.end(),
  };
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** The 95 % interval of a median, by 2,000 resamples of the documents. */
function interval(values) {
  let state = 1;
  const random = () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff; // the same every time
  const medians = Array.from({ length: 2000 }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  ).sort((one, other) => one - other);
  return [medians[50], medians[1949]];
}

const figure = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const figures = (values) => `${figure(median(values))} (${interval(values).map(figure).join(" to ")})`;

async function main() {
  const missing = skip || missingPython();
  if (missing) throw new Error(missing);
  const folder = build(mkdtempSync(join(tmpdir(), "bertsum-benchmark-")));
  const sites = [await serve(folder, { isolated: false }), await serve(folder, { isolated: true })];
  const browser = await launch();
  const texts = shippedArticles().slice(0, DOCUMENTS).map(({ document }) => document);
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores; Chromium ${browser.version()} (${executablePath}), ` +
      `LiteRT.js ${liteRtVersion()}; load ${loadavg()[0].toFixed(2)} before`,
  );

  const cores = cpus().length;
  const contestants = {
    "LiteRT.js, 1 thread": () => inBrowser(browser, sites[0]),
    "LiteRT.js, threads": () => inBrowser(browser, sites[1]),
    "Python, 1 thread": () => inPython(1),
    "Python, threads": () => inPython(Math.min(4, cores)),
  };
  const loading = {};
  const running = {};
  for (let load = 0; load < LOADS; load++) {
    for (const [name, start] of Object.entries(contestants)) {
      await running[name]?.close();
      running[name] = await start();
      (loading[name] ??= []).push(running[name].loading);
    }
  }
  const times = {};
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, text] of texts.entries()) {
      for (const [name, { summarise }] of Object.entries(running)) {
        const milliseconds = await summarise(text);
        // The first round is to warm up.
        if (round >= 0) ((times[name] ??= [])[index] ??= []).push(milliseconds);
      }
    }
  }
  const medians = Object.fromEntries(
    Object.entries(times).map(([name, documents]) => [name, documents.map(median)]),
  );

  console.log(`${texts.length} documents, medians of ${ROUNDS} rounds; median document (95 %)\n`);
  console.log("| | threads | loading, ms | ms a document | times Python's |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  for (const [name, own] of Object.entries(medians)) {
    const twin = name.replace("LiteRT.js", "Python");
    const ratio = twin === name ? "" : figures(own.map((value, index) => value / medians[twin][index]));
    const loads = figure(median(loading[name]));
    console.log(`| ${name} | ${running[name].threads} | ${loads} | ${figures(own)} | ${ratio} |`);
  }
  console.log(`\nload ${loadavg()[0].toFixed(2)} after`);

  for (const { close } of Object.values(running)) await close();
  await browser.close();
  for (const site of sites) await site.close();
  rmSync(folder, { recursive: true });
}

function liteRtVersion() {
  const manifest = new URL("../node_modules/@litertjs/core/package.json", import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
