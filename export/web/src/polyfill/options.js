/**
 * The dictionaries and enumerations of the Summarizer API.
 *
 * https://webmachinelearning.github.io/writing-assistance-apis/#summarizer-api; `preference`, a hint,
 * is in that repository's explainers/summarizer-preference-param.md. With one model there is nothing
 * to prefer.
 */

import {
  dictionary,
  enumeration,
  toAbortSignal,
  toDOMString,
  toFunction,
  toStrings,
} from "./webidl.js";
import { matchLanguages } from "./languages.js";

const toType = enumeration("SummarizerType", ["tldr", "teaser", "key-points", "headline"]);
const toFormat = enumeration("SummarizerFormat", ["plain-text", "markdown"]);
const toLength = enumeration("SummarizerLength", ["short", "medium", "long"]);
const toPreference = enumeration("PerformancePreference", ["auto", "speed", "capability"]);

const CORE_MEMBERS = [
  ["expectedContextLanguages", toStrings],
  ["expectedInputLanguages", toStrings],
  ["format", toFormat, "markdown"],
  ["length", toLength, "short"],
  ["outputLanguage", toDOMString],
  ["preference", toPreference, "auto"],
  ["type", toType, "key-points"],
];

const toCore = dictionary(CORE_MEMBERS);

const toCreate = dictionary([
  ...CORE_MEMBERS,
  ["monitor", toFunction],
  ["sharedContext", toDOMString],
  ["signal", toAbortSignal],
]);

/** The options of `summarize` and its like. */
export const toSummarizeOptions = dictionary([
  ["context", toDOMString],
  ["signal", toAbortSignal],
]);

/** The options of `availability`, with canonical languages. */
export function toCoreOptions(value) {
  return withCanonicalLanguages(toCore(value));
}

/** The options of `create`, with canonical languages. */
export function toCreateOptions(value) {
  return withCanonicalLanguages(toCreate(value));
}

/** @throws {RangeError} if a tag is malformed. */
function withCanonicalLanguages(options) {
  const { expectedInputLanguages = [], expectedContextLanguages = [], outputLanguage } = options;
  return {
    ...options,
    expectedInputLanguages: Intl.getCanonicalLocales(expectedInputLanguages),
    expectedContextLanguages: Intl.getCanonicalLocales(expectedContextLanguages),
    // A list of one: getCanonicalLocales takes undefined for none.
    outputLanguages: outputLanguage === undefined ? [] : Intl.getCanonicalLocales([outputLanguage]),
  };
}

/**
 * The options with the languages that serve those requested.
 *
 * @returns {object | null} null if a language is not served.
 */
export function withServedLanguages(options, supported) {
  const expectedInputLanguages = matchLanguages(options.expectedInputLanguages, supported);
  const expectedContextLanguages = matchLanguages(options.expectedContextLanguages, supported);
  const outputLanguages = matchLanguages(options.outputLanguages, supported);
  if (!expectedInputLanguages || !expectedContextLanguages || !outputLanguages) return null;
  return { ...options, expectedInputLanguages, expectedContextLanguages, outputLanguages };
}
