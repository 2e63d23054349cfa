/** Text in, summary out, with a runtime that stands in for LiteRT.js. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BertsumError,
  createSummarizer,
  encode,
  liteRtRuntime,
  pack,
  select,
  split,
} from "../bertsum.js";
import { bundledModel } from "../scripts/bundled-model.js";

const model = bundledModel();
const ARTICLE =
  "The mayor opened the new bridge in the old harbour 🎉. " +
  "Traffic will be slow there for a week. " +
  "Shops near the harbour expect more visitors now. Nobody said what the bridge has cost.";

/** Gives slot s of any window the score `scores[s]`, and keeps what it was asked. */
function runtimeOf(scores) {
  const asked = [];
  const run = async (signature, { token_ids, shape }) => {
    asked.push({ signature, token_ids, shape });
    return Float32Array.from({ length: shape[1] / 8 }, (_, slot) => scores[slot] ?? -slot);
  };
  return { asked, run };
}

test("the chosen sentences are the summary, and every sentence has its score", async () => {
  const summarizer = createSummarizer({ model, runtime: runtimeOf([0, -1, 1, 0.5]) });

  const { summary, sentences } = await summarizer.summarize(ARTICLE, { sentences: 2 });

  assert.equal(
    summary,
    "Shops near the harbour expect more visitors now. Nobody said what the bridge has cost.",
  );
  assert.deepEqual(sentences.map(({ score }) => score), [0, -1, 1, 0.5]);
  assert.deepEqual(sentences.map(({ selected }) => selected), [false, false, true, true]);
  // The emoji is one code point, but two UTF-16 units.
  assert.deepEqual(
    { ...sentences[1] },
    {
      index: 1,
      start: 54,
      end: 92,
      utf16Start: 55,
      utf16End: 93,
      text: "Traffic will be slow there for a week.",
      score: -1,
      selected: false,
    },
  );
});

test("the best come first if asked for", async () => {
  const summarizer = createSummarizer({ model, runtime: runtimeOf([0, -1, 0.5, 1]) });

  const { summary } = await summarizer.summarize(ARTICLE, { sentences: 2, order: "score" });

  assert.match(summary, /^Nobody.* Shops/);
});

test("one analysis serves many choices", async () => {
  const runtime = runtimeOf([0, -1, 1, 0.5]);
  const summarizer = createSummarizer({ model, runtime });

  const analysis = await summarizer.analyse(ARTICLE);
  const counts = [1, 2, 3, 4].map(
    (sentences) =>
      summarizer.choose(analysis, { sentences }).sentences.filter((one) => one.selected).length,
  );

  assert.deepEqual(counts, [1, 2, 3, 4]);
  assert.equal(runtime.asked.length, 1);
});

test("a window is padded to the shortest signature that it fits into", async () => {
  const runtime = runtimeOf([]);
  const { summarize } = createSummarizer({ model, runtime });

  await summarize("Yes. ".repeat(16)); // 16 slots of 128 tokens
  await summarize("Yes. ".repeat(17));
  await summarize("The bridge is new. ".repeat(80));

  assert.deepEqual(
    runtime.asked.map(({ signature, shape }) => [signature, shape]),
    [
      ["score_128", [1, 128]],
      ["score_256", [1, 256]],
      ["score_512", [1, 512]],
      ["score_256", [1, 256]],
    ],
  );
  assert.equal(runtime.asked[0].token_ids.length, 128);
  assert.equal(runtime.asked[0].token_ids[127], model.limits.pad_id);
});

test("a text without a sentence gives an empty summary and asks no model", async () => {
  const runtime = runtimeOf([]);

  const result = await createSummarizer({ model, runtime }).summarize(" \n\u3000");

  assert.deepEqual(result, { summary: "", sentences: [] });
  assert.deepEqual(runtime.asked, []);
});

test("the lead's share of a window is that of its tokens and of its slots", () => {
  const { limits } = model;
  const pieces = Array.from({ length: 100 }, () => [limits.unk_id]);
  const leads = [0.25, 0.5].map((lead_share) => {
    const [, later] = pack({ ...model, limits: { ...limits, lead_share } }, pieces);
    return later.sentences.findIndex((sentence) => sentence === 64); // the first window has 64 slots
  });

  assert.deepEqual(leads, [16, 32]);
});

test("special tokens in the text stay text", () => {
  const { cls_id, sep_id, pad_id, unk_id } = model.limits;

  const [ids] = encode(model, ["[CLS] [SEP] [PAD] [UNK]"]);

  for (const id of [cls_id, sep_id, pad_id, unk_id]) assert.ok(!ids.includes(id));
});

test("senseless options are refused before anything is computed", async () => {
  const runtime = runtimeOf([]);
  const { summarize } = createSummarizer({ model, runtime });
  const senseless = [
    { sentences: 0 },
    { sentences: 1.5 },
    { sentences: "3" },
    { maxWords: 0 },
    { ratio: 0 },
    { ratio: 1.1 },
    { ratio: NaN },
    { sentences: 1, ratio: 0.5 },
    { order: "best" },
  ];

  for (const options of senseless) await assert.rejects(summarize(ARTICLE, options), RangeError);
  await assert.rejects(summarize(42), TypeError);
  assert.deepEqual(runtime.asked, []);
});

test("a window that holds no sentence is refused", () => {
  for (const maxTokens of [7, 0, NaN]) {
    assert.throws(() => pack(model, [[1]], { maxTokens }), RangeError);
  }
});

test("scores that are not numbers are refused", () => {
  assert.throws(() => select(model, [1, NaN], ["One.", "Two."]), BertsumError);
});

test("a runtime that gives too few scores is named", async () => {
  for (const [given, said] of [[new Float32Array(2), "2 scores"], [undefined, "no scores"]]) {
    const { summarize } = createSummarizer({ model, runtime: { run: async () => given } });
    await assert.rejects(summarize("Rain fell. Snow came. The sun shone."), {
      name: "TypeError",
      message: `The runtime gave ${said} for score_128: it has to return 16, as a Float32Array.`,
    });
  }
});

test("an aborted summary ends with the signal's reason", async () => {
  const runtime = runtimeOf([]);
  const { summarize } = createSummarizer({ model, runtime });

  await assert.rejects(summarize(ARTICLE, { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  assert.deepEqual(runtime.asked, []);
});

test("LiteRT.js's tensors are freed, whatever happens", async () => {
  const alive = new Set();
  class Tensor {
    constructor(data, shape) {
      Object.assign(this, { data, shape });
      alive.add(this);
    }
    toTypedArray() {
      return this.data;
    }
    delete() {
      alive.delete(this);
    }
  }
  const compiled = {
    run: async (signature) => {
      if (signature === "score_128") return { scores: new Tensor(new Float32Array(16), [1, 16]) };
      throw new Error("out of memory");
    },
  };
  const runtime = liteRtRuntime(compiled, Tensor);
  const input = { token_ids: new Int32Array(128), shape: [1, 128] };

  assert.deepEqual(await runtime.run("score_128", input), new Float32Array(16));
  await assert.rejects(runtime.run("score_512", input), /out of memory/);
  assert.equal(alive.size, 0);
});

const LONG = {
  stops: ".",
  blanks: " ",
  lines: "\n",
  "blank lines": " \n",
  "closing quotes": '"',
  "a word": "a",
  "unknown words": "ﷺ".repeat(99) + " ",
  dashes: "--",
  initials: "A.",
  "stops and spaces": ". ",
  "line breaks and marks": "\n\u0001\u0002",
  "lone surrogates": "\ud83d",
  emoji: "👩‍👩‍👧",
};

for (const [name, unit] of Object.entries(LONG)) {
  test(`a megabyte of ${name} takes linear time`, () => {
    const text = unit.repeat(1e6 / unit.length);
    const before = performance.now();

    const spans = split(model, text);
    encode(model, spans.map((span) => text.slice(span.utf16Start, span.utf16End)));

    // Quadratic time would be minutes.
    assert.ok(performance.now() - before < 20_000);
  });
}
