/**
 * Sentences -> token ids: BERT's WordPiece (Devlin et al., 2019), with the model's vocabulary.
 *
 * What BERT makes of each character (lower case, no accents, spaces around punctuation) is in
 * `characters.json`: a browser's own Unicode tables may be newer than those of the training.
 */

const CONTINUATION = "##";
const SPACE = " ";
const REPLACEMENT_CHARACTER = 0xfffd;

/** What becomes of each character. */
class Characters {
  /** @param {object} data the parsed content of `characters.json`. */
  constructor(data) {
    this.page = data.page;
    this.itself = data.itself;
    this.pages = Int32Array.from(data.pages);
    this.kinds = Int32Array.from(data.kinds);
    this.values = Int32Array.from(data.values);
    this.splits = Int32Array.from(data.splits);
  }

  /** The text as BERT reads it: its words, with spaces between them. */
  spaced(text) {
    let spaced = "";
    for (const character of text) {
      let code = character.codePointAt(0);
      // A lone surrogate, which UTF-8 doesn't have.
      if (code >= 0xd800 && code < 0xe000) code = REPLACEMENT_CHARACTER;
      const page = this.pages[Math.floor(code / this.page)];
      const row = this.kinds[page * this.page + (code % this.page)];
      for (let place = this.splits[row]; place < this.splits[row + 1]; place++) {
        const value = this.values[place];
        spaced += value === this.itself ? character : String.fromCodePoint(value);
      }
    }
    return spaced;
  }
}

/** BERT's uncased tokeniser. Special tokens are not recognised in the text. */
export class WordPiece {
  /**
   * @param {string[]} vocabulary the pieces in the order of their ids.
   * @param {object} characters the parsed content of `characters.json`.
   * @param {import("../bertsum.js").Limits} limits
   */
  constructor(vocabulary, characters, limits) {
    this.characters = new Characters(characters);
    this.unknown = limits.unk_id;
    this.maxWordCharacters = limits.max_word_characters;
    this.first = new Map();
    this.further = new Map();
    this.longest = 0;
    vocabulary.forEach((piece, id) => {
      this.first.set(piece, id);
      if (piece.startsWith(CONTINUATION)) this.further.set(piece.slice(CONTINUATION.length), id);
      this.longest = Math.max(this.longest, piece.length);
    });
  }

  /** Token ids of one sentence, without special tokens. */
  encode(sentence) {
    const ids = [];
    for (const word of this.characters.spaced(sentence).split(SPACE)) {
      if (word) this.appendPieces(word, ids);
    }
    return ids;
  }

  /** Cuts a word into the longest pieces, from its start on; one that can't be cut is unknown. */
  appendPieces(word, ids) {
    const before = ids.length;
    let start = this.isTooLong(word) ? -1 : 0;
    while (start >= 0 && start < word.length) {
      const pieces = start ? this.further : this.first;
      let end = Math.min(word.length, start + this.longest);
      let id;
      while (end > start && (id = pieces.get(word.slice(start, end))) === undefined) end--;
      start = end > start ? end : -1;
      ids.push(id);
    }
    if (start < 0) {
      ids.length = before;
      ids.push(this.unknown);
    }
  }

  isTooLong(word) {
    // Two UTF-16 units may be one character.
    return word.length > this.maxWordCharacters && [...word].length > this.maxWordCharacters;
  }
}

/**
 * Token ids of each sentence, without special tokens.
 *
 * @param {import("../bertsum.js").Model} model
 * @param {string[]} sentences
 * @returns {number[][]}
 */
export function encode({ wordPiece }, sentences) {
  return sentences.map((sentence) => wordPiece.encode(sentence));
}
