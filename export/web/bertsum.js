/**
 * Extractive summaries by a `.tflite` file that bertsum exported: no dependencies.
 *
 * text -> sentences -> token ids -> sentence scores -> selection -> summary
 *
 * Each step is one function, the same as in the Python package, and all they know about language
 * and limits they read from the file. `createSummarizer` takes the whole way.
 *
 * @module bertsum
 */

export { BertsumError } from "./src/errors.js";
export { liteRtRuntime } from "./src/litert.js";
export { readModel, verifyModel } from "./src/model.js";
export { mergeScores, pack } from "./src/packing.js";
export { select } from "./src/selection.js";
export { split } from "./src/sentences.js";
export { createSummarizer } from "./src/summarizer.js";
export { encode } from "./src/wordpiece.js";
