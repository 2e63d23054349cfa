/**
 * Text -> sentences: spans of the original, by the rules in `sentence_rules.json`.
 *
 * 1. `breaks` insert a boundary mark wherever a sentence ends whatever the words are.
 * 2. Between those, every `candidate` (a stop, what closes after it, white space) may be a
 *    boundary.
 * 3. The first of the `decisions` that matches the word before and the word after a candidate says
 *    whether it is one; if none matches, it is.
 *
 * Each pattern has a bounded reach, so that the time is linear in the length of the text. Patterns
 * are compiled with the flag `u`: they count code points, as Python does.
 */

// What the rule book's patterns mean by these; see its "about".
const BOUNDARY = "\u0001";
const MARKS = /[\u0001\u0002]/g;
const REPLACEMENT_CHARACTER = "\ufffd";

/** The rule book, compiled. */
export class SentenceRules {
  /** @param {object} data the parsed content of `sentence_rules.json`. */
  constructor(data) {
    this.names = new Map(Object.entries(data.classes));
    for (const [name, words] of Object.entries(data.lists)) this.names.set(name, words.join("|"));
    for (const [name, pattern] of Object.entries(data.patterns)) {
      this.names.set(name, this.expand(pattern));
    }
    this.breaks = data.breaks.map((step) => ({
      pattern: new RegExp(this.expand(step.pattern), "gu"),
      replacement: step.replace.replaceAll("$", "$$$$").replace(/\\([0-9])/g, "$$$1"),
    }));
    this.blank = this.compile("[{blank}]");
    this.blanks = this.compile("[{blank}]+", "gu");
    this.candidate = this.compile(data.candidate, "gu");
    this.context = data.context;
    this.nextWord = this.compile(`[^{blank}]{1,${data.context}}`, "uy");
    this.shortPiece = this.compile(`^[^]{0,${data.context - 1}}$`);
    this.itemNumber = this.whole(data.item_number);
    this.prefix = this.compile(`^(?:${data.prefix})`);
    const decisions = data.decisions.map((row) => ({
      joins: row.then === "join",
      words: "words" in row ? new Set(data.lists[row.words]) : null,
      word: "word" in row ? this.whole(row.word) : null,
      next: "next" in row ? this.whole(row.next) : null,
    }));
    // Most words are in no list and match no pattern: one look tells.
    this.general = decisions.filter((row) => !row.words);
    this.forAnyWord = this.general.filter((row) => !row.word);
    this.specialWord = new RegExp(
      this.general.flatMap((row) => (row.word ? [row.word.source] : [])).join("|"),
      "u",
    );
    this.atWord = new Map();
    for (const word of decisions.flatMap((row) => (row.words ? [...row.words] : []))) {
      this.atWord.set(word, decisions.filter((row) => !row.words || row.words.has(word)));
    }
  }

  /** Puts the named classes, lists and patterns into `pattern`. */
  expand(pattern) {
    return pattern.replace(/\{([a-z_]+)\}/g, (_, name) => this.names.get(name));
  }

  compile(pattern, flags = "u") {
    return new RegExp(this.expand(pattern), flags);
  }

  /** The pattern as one that has to match the whole of a string. */
  whole(pattern) {
    return this.compile(`^(?:${pattern})$`);
  }

  /** Whether the words before and after a candidate stay in one sentence. */
  joins(word, nextWord) {
    for (const row of this.decisionsAt(word)) {
      if (row.word && !row.word.test(word)) continue;
      if (!row.next || row.next.test(nextWord)) return row.joins;
    }
    return false;
  }

  decisionsAt(word) {
    const bare = word.slice(this.prefix.exec(word)[0].length).toLowerCase();
    const decisions = this.atWord.get(bare.endsWith(".") ? bare.slice(0, -1) : bare);
    return decisions ?? (this.specialWord.test(word) ? this.general : this.forAnyWord);
  }

  /** The words of a text: its runs of characters that are not blank. */
  words(text) {
    return text.split(this.blanks).filter(Boolean);
  }
}

/**
 * Splits a text into sentences.
 *
 * @param {import("../bertsum.js").Model} model
 * @param {string} text of any length and content.
 * @returns {import("../bertsum.js").Span[]} in order; they never overlap, neither start nor end
 *   with white space, and cover every other character.
 */
export function split({ rules }, text) {
  if (typeof text !== "string") throw new TypeError("The text has to be a string.");
  const spans = [];
  let start = 0;
  for (const segment of segments(rules, text)) {
    const [from, to] = trimmed(rules, segment);
    if (from < to) appendSentences(rules, segment.slice(from, to), start + from, spans);
    start += segment.length;
  }
  return inCodePoints(text, spans);
}

/** Cuts the text where a sentence ends whatever the words are. */
function segments(rules, text) {
  let marked = text.replace(MARKS, REPLACEMENT_CHARACTER);
  for (const { pattern, replacement } of rules.breaks) {
    marked = marked.replace(pattern, replacement);
  }
  return marked.split(BOUNDARY);
}

/** Where a text starts and ends but for white space around it. */
function trimmed({ blank }, text) {
  let from = 0;
  let to = text.length;
  while (from < to && blank.test(text[from])) from++;
  while (from < to && blank.test(text[to - 1])) to--;
  return [from, to];
}

/** Cuts one segment, without white space around it, at those candidates that end a sentence. */
function appendSentences(rules, body, offset, spans) {
  let start = 0;
  let pieceStart = 0;
  let afterBoundary = true;
  for (const candidate of body.matchAll(rules.candidate)) {
    const stop = candidate.index;
    const stopEnd = stop + candidate[1].length;
    const end = stop + candidate[0].length;
    rules.nextWord.lastIndex = end;
    const following = rules.nextWord.exec(body);
    if (!following) break;
    const word = wordBefore(rules, body, pieceStart, stop) + candidate[1];
    let joined = rules.joins(word, following[0]);
    if (!joined && afterBoundary) {
      const piece = body.slice(pieceStart, stopEnd);
      joined = rules.shortPiece.test(piece) && rules.itemNumber.test(piece);
    }
    if (!joined) {
      spans.push([offset + start, offset + stopEnd]);
      start = end;
    }
    afterBoundary = !joined;
    pieceStart = end;
  }
  spans.push([offset + start, offset + body.length]);
}

/** The word that ends at `end`, or as much of it as lies behind `first` and within the context. */
function wordBefore({ blank, context }, text, first, end) {
  let start = end;
  for (let count = 0; count < context && start > first; count++) {
    if (blank.test(text[start - 1])) break;
    start -= start - 1 > first && isPair(text, start - 1) ? 2 : 1;
  }
  return text.slice(start, end);
}

/** Whether the UTF-16 units before and at `place` are the two halves of one character. */
function isPair(text, place) {
  return (
    (text.charCodeAt(place) & 0xfc00) === 0xdc00 &&
    (text.charCodeAt(place - 1) & 0xfc00) === 0xd800
  );
}

/** Spans in UTF-16 units -> in both counts. */
function inCodePoints(text, spans) {
  let place = 0;
  let pairs = 0;
  const codePoints = (end) => {
    for (; place < end; place++) if (isPair(text, place)) pairs++;
    return end - pairs;
  };
  return spans.map(([utf16Start, utf16End]) => ({
    start: codePoints(utf16Start),
    end: codePoints(utf16End),
    utf16Start,
    utf16End,
  }));
}
