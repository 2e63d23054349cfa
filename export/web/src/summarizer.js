/** Text in, summary out: text -> sentences -> token ids -> scores -> selection. */

import { mergeScores, pack, slotsOf } from "./packing.js";
import { checkOptions, select } from "./selection.js";
import { split } from "./sentences.js";
import { encode } from "./wordpiece.js";

/**
 * Makes a summarizer of a model and what runs it.
 *
 * @param {object} parts
 * @param {import("../bertsum.js").Model} parts.model what `readModel` gave.
 * @param {import("../bertsum.js").Runtime} parts.runtime `liteRtRuntime(...)`, or anything with the
 *   same `run`.
 * @returns {import("../bertsum.js").BertsumSummarizer}
 *
 * @example
 * const model = readModel(await (await fetch("model.tflite")).arrayBuffer());
 * const compiled = await loadAndCompile(model.flatbuffer, { accelerator: "wasm" });
 * const summarizer = createSummarizer({ model, runtime: liteRtRuntime(compiled, Tensor) });
 * const { summary } = await summarizer.summarize(article, { sentences: 2 });
 */
export function createSummarizer({ model, runtime }) {
  async function analyse(text, { signal } = {}) {
    const spans = split(model, text);
    const sentences = spans.map((span) => text.slice(span.utf16Start, span.utf16End));
    const pieces = encode(model, sentences);
    const windows = pack(model, pieces);
    const scores = [];
    for (const window of windows) {
      signal?.throwIfAborted();
      scores.push(await score(model, runtime, window));
    }
    signal?.throwIfAborted();
    return {
      spans,
      sentences,
      scores: mergeScores(model, windows, scores, sentences.length),
      pieceCounts: pieces.map((ids) => ids.length),
    };
  }

  function choose(analysis, options = {}) {
    const { spans, sentences, scores, pieceCounts } = analysis;
    const chosen = select(model, scores, sentences, { ...options, pieceCounts });
    const selected = new Set(chosen);
    return {
      summary: chosen.flatMap((index) => model.rules.words(sentences[index])).join(" "),
      sentences: sentences.map((text, index) => ({
        index,
        ...spans[index],
        text,
        score: scores[index],
        selected: selected.has(index),
      })),
    };
  }

  async function summarize(text, { signal, ...options } = {}) {
    checkOptions(options);
    return choose(await analyse(text, { signal }), options);
  }

  return { analyse, choose, summarize };
}

/** Scores of a window's slots, by the shortest signature that it fits into. */
async function score({ limits, windowLengths }, runtime, { tokenIds, sentences }) {
  const length = windowLengths.find(
    (tokens) => tokenIds.length <= tokens && sentences.length <= slotsOf(limits, tokens),
  );
  const padded = new Int32Array(length).fill(limits.pad_id);
  padded.set(tokenIds);
  const signature = `score_${length}`;
  const scores = await runtime.run(signature, { token_ids: padded, shape: [1, length] });
  if (!(scores?.length >= sentences.length)) {
    throw new TypeError(
      `The runtime gave ${scores?.length ?? "no"} scores for ${signature}: it has to return ` +
        `${slotsOf(limits, length)}, as a Float32Array.`,
    );
  }
  return scores;
}
