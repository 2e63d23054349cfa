/** Extractive summaries by a `.tflite` file that bertsum exported. */

/** The content of `limits.json`: how documents are packed and sentences chosen. */
export interface Limits {
  readonly format_version: number;
  readonly package_version: string;
  readonly quantize: string;
  readonly model_bytes: number;
  readonly model_sha256: string;
  readonly rules_sha256: string;
  readonly vocabulary_sha256: string;
  readonly window_lengths: readonly number[];
  readonly max_window_tokens: number;
  readonly max_sentence_tokens: number;
  readonly tokens_per_sentence_slot: number;
  readonly lead_share: number;
  readonly later_window_penalty: number;
  readonly max_word_characters: number;
  readonly min_candidate_pieces: number;
  readonly num_sentences: number;
  readonly pad_id: number;
  readonly unk_id: number;
  readonly cls_id: number;
  readonly sep_id: number;
}

/** What `readModel` reads; hand it to the functions below. */
export interface Model {
  readonly limits: Limits;
  /** Tokens of each signature `score_...`, ascending. */
  readonly windowLengths: readonly number[];
  /** The LiteRT model without what lies behind it. */
  readonly flatbuffer: Uint8Array;
  /** The files behind the model, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Where a sentence stands in its text. */
export interface Span {
  /** Where it starts, in code points, as Python counts. */
  readonly start: number;
  /** Where it ends, exclusive, in code points. */
  readonly end: number;
  /** Where it starts, in UTF-16 units, as JavaScript counts. */
  readonly utf16Start: number;
  /** Where it ends: `text.slice(utf16Start, utf16End)` is the sentence. */
  readonly utf16End: number;
}

/** A part of a document that the model reads at once. */
export interface Window {
  /** `[CLS] s1 [SEP] [CLS] s2 [SEP] ...`, not padded. */
  readonly tokenIds: Int32Array;
  /** For each sentence slot, the index of its sentence in the document, ascending. */
  readonly sentences: readonly number[];
}

export interface SelectOptions {
  /** How many sentences at most; by default 3, or as many as `ratio` or `maxWords` allow. */
  sentences?: number;
  /** How many sentences at most, as a share of all in (0, 1]; instead of `sentences`. */
  ratio?: number;
  /** How many words the summary may have; only a single sentence, the shortest, may have more. */
  maxWords?: number;
  /** Pass over a sentence that repeats three words in a row of a chosen one; by default true. */
  trigramBlocking?: boolean;
  /** Of the chosen sentences: as in the document (the default), or the best first. */
  order?: "document" | "score";
}

/** What runs the model: `liteRtRuntime(...)`, or anything with the same method. */
export interface Runtime {
  /**
   * Scores one window.
   *
   * @param signature `score_<tokens>`.
   * @param input `token_ids`, padded to that many tokens; their `shape` is [1, tokens].
   * @returns one logit a sentence slot: tokens / 8 of them.
   */
  run(
    signature: string,
    input: { token_ids: Int32Array; shape: [number, number] },
  ): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** One sentence of a document. */
export interface Sentence extends Span {
  /** Its place in the document, from 0. */
  readonly index: number;
  /** The sentence as it stands in the document. */
  readonly text: string;
  /** The model's score, the higher the better. */
  readonly score: number;
  /** Whether it is in this summary. */
  readonly selected: boolean;
}

export interface Summary {
  /** The chosen sentences on one line, with single blanks between words and sentences. */
  readonly summary: string;
  /** Every sentence of the document, in its order. */
  readonly sentences: readonly Sentence[];
}

/** A document with its scores, before any sentence is chosen. */
export interface Analysis {
  readonly spans: readonly Span[];
  readonly sentences: readonly string[];
  readonly scores: Float32Array;
  /** Word pieces of each sentence. */
  readonly pieceCounts: readonly number[];
}

export interface BertsumSummarizer {
  /** Splits and scores a document: what takes time. */
  analyse(text: string, options?: { signal?: AbortSignal }): Promise<Analysis>;
  /** Chooses sentences of an analysis: as often as a slider moves. */
  choose(analysis: Analysis, options?: SelectOptions): Summary;
  /** Both. A text without a sentence, such as "", gives an empty summary. */
  summarize(text: string, options?: SelectOptions & { signal?: AbortSignal }): Promise<Summary>;
}

/** A model or its scores can't be used; the message is one sentence that says what to do. */
export class BertsumError extends Error {}

/**
 * Reads a `.tflite` file and what lies behind the model in it.
 *
 * @throws {BertsumError} if bertsum exported no such file, or it is cut short, damaged, or of
 *   another version.
 */
export function readModel(file: ArrayBuffer | Uint8Array): Model;

/**
 * Compares the SHA-256 of model, vocabulary and rule book with those they were exported with.
 *
 * @throws {BertsumError} if one differs.
 */
export function verifyModel(model: Model): Promise<void>;

/** Splits a text into sentences. */
export function split(model: Model, text: string): Span[];

/** Token ids of each sentence, without special tokens. */
export function encode(model: Model, sentences: readonly string[]): number[][];

/** Packs the token ids of a document's sentences into as few windows as hold them all. */
export function pack(
  model: Model,
  pieces: readonly (readonly number[])[],
  options?: { maxTokens?: number },
): Window[];

/** Scores of the windows' slots -> one score a sentence. */
export function mergeScores(
  model: Model,
  windows: readonly Window[],
  scores: readonly ArrayLike<number>[],
  numSentences: number,
): Float32Array;

/**
 * Chooses the sentences of the summary: their indices, in its order.
 *
 * @throws {RangeError} if an option makes no sense.
 * @throws {BertsumError} if a score is NaN.
 */
export function select(
  model: Model,
  scores: ArrayLike<number>,
  sentences: readonly string[],
  options?: SelectOptions & { pieceCounts?: readonly number[] },
): number[];

/** Makes a summarizer of a model and what runs it. */
export function createSummarizer(parts: { model: Model; runtime: Runtime }): BertsumSummarizer;

/**
 * LiteRT.js (`@litertjs/core`) as a runtime.
 *
 * @param compiled what its `loadAndCompile(model.flatbuffer, {accelerator: "wasm"})` gave.
 * @param Tensor its class of that name.
 */
export function liteRtRuntime(compiled: any, Tensor: any): Runtime;
