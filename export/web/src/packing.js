/**
 * Token ids -> windows: `[CLS] s1 [SEP] [CLS] s2 [SEP] ...`, all that the model is given.
 *
 * A document longer than a window becomes several of whole sentences; later ones open with the
 * lead of the document where it leaves room. All numbers are those of `limits.json`.
 */

/**
 * Packs the sentences of one document into as few windows as hold them all.
 *
 * @param {import("../bertsum.js").Model} model
 * @param {number[][]} pieces token ids of each sentence, without special tokens.
 * @param {{maxTokens?: number}} [options] tokens a window; by default as many as the model reads.
 * @returns {import("../bertsum.js").Window[]}
 * @throws {RangeError} if a window is too short for a sentence.
 */
export function pack({ limits }, pieces, { maxTokens = limits.max_window_tokens } = {}) {
  const slots = slotsOf(limits, maxTokens);
  if (!(slots >= 1)) throw new RangeError(`A window of ${maxTokens} tokens holds no sentence.`);
  const longest = Math.min(limits.max_sentence_tokens, maxTokens - 2);
  const lengths = pieces.map((piece) => Math.min(piece.length, longest) + 2);
  const leadOf = (count) => Math.floor(count * limits.lead_share);
  const lead = fill(lengths, 0, leadOf(maxTokens), leadOf(slots));
  const windows = [];
  for (let start = 0; start < pieces.length; ) {
    // In a short window a long sentence may leave the lead no room.
    const withLead = start > 0 && lead.tokens + lengths[start] <= maxTokens;
    const headTokens = withLead ? lead.tokens : 0;
    const headEnd = withLead ? lead.end : 0;
    const body = fill(lengths, start, maxTokens - headTokens, slots - headEnd);
    const sentences = [...range(0, headEnd), ...range(start, body.end)];
    const tokenIds = new Int32Array(headTokens + body.tokens);
    let place = 0;
    for (const index of sentences) {
      const piece = pieces[index].slice(0, longest);
      tokenIds[place] = limits.cls_id;
      tokenIds.set(piece, place + 1);
      tokenIds[place + 1 + piece.length] = limits.sep_id;
      place += piece.length + 2;
    }
    windows.push({ tokenIds, sentences });
    start = body.end;
  }
  return windows;
}

/** The longest run of sentences from `start` on that fits: where it ends, and its tokens. */
function fill(lengths, start, maxTokens, maxSentences) {
  let end = start;
  let tokens = 0;
  while (
    end < lengths.length &&
    end - start < maxSentences &&
    tokens + lengths[end] <= maxTokens
  ) {
    tokens += lengths[end++];
  }
  return { end, tokens };
}

function range(start, end) {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

/** Number of sentence slots of a window of `tokens` token ids. */
export function slotsOf(limits, tokens) {
  return Math.floor(tokens / limits.tokens_per_sentence_slot);
}

/**
 * Scores of the windows' slots -> one score a sentence.
 *
 * A sentence that stands in several windows keeps its score from the first. Those of later windows
 * lose `later_window_penalty`.
 *
 * @param {import("../bertsum.js").Model} model
 * @param {import("../bertsum.js").Window[]} windows what `pack` gave for one document.
 * @param {ArrayLike<number>[]} scores for each window, at least as many as it has sentences.
 * @param {number} numSentences number of sentences of the document.
 * @returns {Float32Array}
 */
export function mergeScores({ limits }, windows, scores, numSentences) {
  const merged = new Float32Array(numSentences).fill(NaN);
  for (let number = windows.length - 1; number >= 0; number--) {
    // In float32, as the other runtimes do it.
    const penalty = number ? Math.fround(limits.later_window_penalty) : 0;
    windows[number].sentences.forEach((sentence, slot) => {
      merged[sentence] = Math.fround(scores[number][slot]) - penalty;
    });
  }
  return merged;
}
