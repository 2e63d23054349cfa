/**
 * Sentence scores -> the chosen sentences: a pure function.
 *
 * A *word* is a run of characters that are not "blank" in the sentence rule book, lower-cased.
 */

import { BertsumError } from "./errors.js";

const ORDERS = ["document", "score"];

/**
 * Chooses the sentences of the summary.
 *
 * Candidates are taken by score, the earlier of equals first. One that shares a trigram of words
 * with those already chosen is passed over (Paulus et al., 2018), and so is one that does not fit
 * into what is left of the word budget. Sentences of very few word pieces are no candidates; where
 * fewer than the wanted number are left, the short ones follow after them. Sentences are never cut.
 *
 * @param {import("../bertsum.js").Model} model
 * @param {ArrayLike<number>} scores the higher the better.
 * @param {string[]} sentences
 * @param {import("../bertsum.js").SelectOptions & {pieceCounts?: number[]}} [options]
 * @returns {number[]} indices of the chosen sentences, in the order of the summary; none only if
 *   there are no sentences.
 * @throws {RangeError} if an option makes no sense, or both `sentences` and `ratio` are given.
 * @throws {BertsumError} if a score is NaN.
 */
export function select(model, scores, sentences, options = {}) {
  const { maxWords, trigramBlocking = true, order, pieceCounts } = options;
  checkOptions(options);
  if (Array.prototype.some.call(scores, Number.isNaN)) {
    throw new BertsumError(
      "The model's scores are not numbers (NaN): its weights are damaged, use another model.",
    );
  }
  const count = sentences.length;
  if (scores.length !== count || (pieceCounts && pieceCounts.length !== count)) {
    throw new RangeError(`${scores.length} scores for ${count} sentences`);
  }
  const { most, wanted } = numbers(model.limits, count, options);
  const byScore = (first, second) => scores[second] - scores[first];
  const byPlace = (first, second) => first - second;
  const ranked = sentences.map((_, index) => index).sort(byScore);
  const isShort = (index) =>
    pieceCounts !== undefined && pieceCounts[index] <= model.limits.min_candidate_pieces;
  let candidates = ranked.filter((index) => !isShort(index));
  if (candidates.length < wanted) candidates = candidates.concat(ranked.filter(isShort));

  const wordsOf = (index) => model.rules.words(sentences[index].toLowerCase());
  const chosen = [];
  const taken = new Set();
  let wordsLeft = maxWords ?? Infinity;
  for (const index of candidates) {
    if (chosen.length === most) break;
    const words = wordsOf(index);
    const trigrams = words.slice(2).map((_, place) => words.slice(place, place + 3).join(" "));
    if (words.length > wordsLeft) continue;
    if (trigramBlocking && trigrams.some((trigram) => taken.has(trigram))) continue;
    chosen.push(index);
    for (const trigram of trigrams) taken.add(trigram);
    wordsLeft -= words.length;
  }
  if (count && !chosen.length) {
    // No candidate fits: the best of the short sentences that do, else the shortest of all.
    const excess = sentences.map((_, index) => Math.max(0, wordsOf(index).length - wordsLeft));
    chosen.push(ranked.reduce((best, index) => (excess[index] < excess[best] ? index : best)));
  }
  chosen.sort(byPlace);
  return order === "score" ? chosen.sort(byScore) : chosen;
}

/** Refuses options of a summary that make no sense. */
export function checkOptions({ sentences, ratio, maxWords, order = "document" }) {
  for (const [name, value] of [["sentences", sentences], ["words", maxWords]]) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(
        `The number of ${name} has to be a whole number from 1 up, not ${value}.`,
      );
    }
  }
  if (ratio !== undefined && !(typeof ratio === "number" && ratio > 0 && ratio <= 1)) {
    throw new RangeError(`The ratio has to be above 0 and at most 1, not ${ratio}.`);
  }
  if (sentences !== undefined && ratio !== undefined) {
    throw new RangeError("Give a number of sentences or a ratio, not both.");
  }
  if (!ORDERS.includes(order)) {
    throw new RangeError(`The order has to be one of ${ORDERS.join(", ")}, not ${order}.`);
  }
}

/** The most sentences to choose, and how few candidates call for the short sentences. */
function numbers(limits, count, { sentences, ratio, maxWords }) {
  if (ratio !== undefined) {
    const most = Math.max(1, Math.floor(ratio * count + 0.5));
    return { most, wanted: most };
  }
  if (sentences === undefined && maxWords !== undefined) return { most: count, wanted: 1 };
  const most = sentences ?? limits.num_sentences;
  return { most, wanted: most };
}
