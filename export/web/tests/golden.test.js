/** Every golden vector, to the letter: what Python splits, packs and chooses. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSummarizer, encode, mergeScores, pack, select, split } from "../bertsum.js";
import { bundledModel, ROOT } from "../scripts/bundled-model.js";

const VECTORS = new URL("tests/golden/vectors.jsonl", ROOT);

const vectors = readFileSync(VECTORS, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const model = bundledModel();

/** Options as the Python API names them -> as this one does. */
function selectOptions({ max_words: maxWords, trigram_blocking: trigramBlocking, ...same }) {
  return { ...same, maxWords, trigramBlocking };
}

/** A runtime that gives one vector's scores, window after window. */
function givenScores(scores) {
  let window = 0;
  return { run: async () => Float32Array.from(scores[window++]) };
}

test("there are vectors", () => assert.ok(vectors.length >= 400, `${vectors.length} vectors`));

for (const vector of vectors) {
  test(vector.name, async () => {
    const { text } = vector;
    const options = selectOptions(vector.options);

    const spans = split(model, text);
    assert.deepEqual(spans.map(({ start, end }) => [start, end]), vector.spans);
    const characters = Array.from(text);
    const sentences = spans.map((span) => text.slice(span.utf16Start, span.utf16End));
    const slices = vector.spans.map(([start, end]) => characters.slice(start, end).join(""));
    assert.deepEqual(sentences, slices);

    const pieces = encode(model, sentences);
    const windows = pack(model, pieces, { maxTokens: vector.max_tokens });
    assert.deepEqual(
      windows.map(({ tokenIds, sentences }) => ({ token_ids: [...tokenIds], sentences })),
      vector.windows,
    );

    const scores = mergeScores(model, windows, vector.window_scores, sentences.length);
    assert.deepEqual(scores, Float32Array.from(vector.scores));

    const pieceCounts = pieces.map((ids) => ids.length);
    const chosen = select(model, scores, sentences, { ...options, pieceCounts });
    assert.deepEqual(chosen, vector.selected);

    const { choose } = createSummarizer({ model, runtime: givenScores(vector.window_scores) });
    const { summary } = choose({ spans, sentences, scores, pieceCounts }, options);
    assert.equal(summary, vector.summary);
  });
}
