/** The Python package, which the browser is compared with. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../scripts/bundled-model.js";

export const PYTHON = process.env.PYTHON ?? "python3";

const CORPUS = new URL("bertsum_tf/data/sample/news.jsonl", ROOT);
const NEWS = fileURLToPath(new URL("../shared/data/tfds", ROOT));

const READ_NEWS = `
import json, sys
from bertsum_tf.data.corpora import open_corpus
corpus = open_corpus("cnn_dailymail", split="test", data_dir=sys.argv[1], limit=3)
print(json.dumps([document.text for document in corpus]))
`;

/** Runs Python with bertsum_tf: what it prints. */
export function python(...options) {
  return execFileSync(PYTHON, options, {
    env: pythonEnvironment(),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

export function pythonEnvironment() {
  return { ...process.env, PYTHONPATH: fileURLToPath(ROOT) };
}

/** Why there is nothing to compare with, or false. */
export function missingPython() {
  try {
    python("-c", "from bertsum_tf import Summarizer; Summarizer()");
    return false;
  } catch {
    return `${PYTHON} can't run bertsum_tf: set PYTHON to a Python that can`;
  }
}

/** The articles that ship with the package: `{id, document, split}`. */
export function shippedArticles() {
  return readFileSync(CORPUS, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Why there are no articles of CNN and the Daily Mail, or false. */
export const missingNews = !existsSync(NEWS) && `there is no ${NEWS}`;

/** Three articles of CNN and the Daily Mail. */
export function newsArticles() {
  return JSON.parse(python("-c", READ_NEWS, NEWS));
}

/** What `bertsum summarize --json` says about each text. */
export function summariesOfPython(texts, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "bertsum-"));
  try {
    const files = texts.map((text, index) => {
      const file = join(folder, `${index}.txt`);
      writeFileSync(file, text);
      return file;
    });
    const lines = python("-m", "bertsum_tf", "summarize", ...files, "--json", ...options);
    return lines.trimEnd().split("\n").map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
