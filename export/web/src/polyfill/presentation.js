/** Chosen sentences -> the text of a summary, as `type`, `format` and `length` ask for it. */

// How much a summary may have: the specification, section "Options",
// https://webmachinelearning.github.io/writing-assistance-apis/#summarizer-options, which says
// "1 short paragraph" and "1 paragraph" where Chrome's documentation says 3 and 5 sentences,
// https://developer.chrome.com/docs/ai/summarizer-api.
const PARAGRAPH = { short: { sentences: 1 }, medium: { sentences: 3 }, long: { sentences: 5 } };
const SIZES = {
  tldr: PARAGRAPH,
  teaser: PARAGRAPH,
  "key-points": { short: { sentences: 3 }, medium: { sentences: 5 }, long: { sentences: 7 } },
  headline: {
    short: { sentences: 1, maxWords: 12 },
    medium: { sentences: 1, maxWords: 17 },
    long: { sentences: 1, maxWords: 22 },
  },
};

const BULLETS = { markdown: "- ", "plain-text": "• " };

/**
 * How many sentences the core is to choose, in its terms.
 *
 * A headline is the best sentence of those that are short enough; if none is, the shortest of all:
 * sentences are never cut.
 *
 * @returns {import("../../bertsum.js").SelectOptions}
 */
export function sizeOf({ type, length }) {
  return SIZES[type][length];
}

/**
 * The summary in pieces, one a sentence: joined, they are the text.
 *
 * @param {string[]} sentences the chosen ones, each on one line.
 */
export function present(sentences, { type, format }) {
  const isList = type === "key-points";
  const separator = isList ? "\n" : " ";
  const bullet = isList ? BULLETS[format] : "";
  return sentences.map((sentence, index) => {
    const text = format === "markdown" ? escapeMarkdown(sentence, isList || !index) : sentence;
    return (index ? separator : "") + bullet + text;
  });
}

// CommonMark 0.31, sections 2.4 and 6, and GitHub's tables and strikethrough.
const INLINE = /[\\`*_[\]<>~|]|&(?=#?\w+;)/g;
// Sections 4 and 5.2: what would open a heading, a list, a rule or a fence.
const BLOCK = /^([#+-])|^(\d{1,9})([.)])(?=\s|$)/;

/** Escapes what Markdown would take for markup, so that a sentence is shown as it stands. */
function escapeMarkdown(sentence, startsLine) {
  const escaped = sentence.replace(INLINE, "\\$&");
  if (!startsLine) return escaped;
  return escaped.replace(BLOCK, (_, mark, number, stop) => `${number ?? ""}\\${mark ?? stop}`);
}
