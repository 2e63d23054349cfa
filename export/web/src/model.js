/** A `.tflite` file of bertsum: a LiteRT model, with all else that summarising needs behind it. */

import { ArchiveError, readArchive, utf8 } from "./archive.js";
import { BertsumError } from "./errors.js";
import { SentenceRules } from "./sentences.js";
import { WordPiece } from "./wordpiece.js";

// What this code reads; the files say which they are.
const FORMAT_VERSION = 1;
const RULES_VERSION = 1;

// FlatBuffers' identifier of a LiteRT model, and where it stands.
const IDENTIFIER = "TFL3";
const IDENTIFIER_START = 4;

const EXPORT_AGAIN = "export it again with this version of bertsum";

/**
 * Reads what lies behind the model.
 *
 * @param {ArrayBuffer | Uint8Array} file the content of a `.tflite` file that bertsum exported.
 * @returns {import("../bertsum.js").Model}
 * @throws {BertsumError} if it is no such file, cut short, damaged, or of another version.
 */
export function readModel(file) {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  const identifier = bytes.subarray(IDENTIFIER_START, IDENTIFIER_START + IDENTIFIER.length);
  if (String.fromCharCode(...identifier) !== IDENTIFIER) {
    throw new BertsumError(
      "This is no LiteRT model: give the content of a .tflite file that bertsum exported.",
    );
  }
  try {
    return readMembers(bytes, readArchive(bytes));
  } catch (error) {
    if (error instanceof BertsumError) throw error;
    throw new BertsumError(
      error instanceof ArchiveError && !error.found
        ? "The file is cut short, or no export of bertsum: load or export it again."
        : "The file is damaged: load it or export it again.",
      { cause: error },
    );
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Map<string, Uint8Array>} members
 */
function readMembers(bytes, members) {
  if (!members.has("limits.json")) {
    throw new BertsumError(
      "This is a LiteRT model, but no export of bertsum: " +
        "give the content of a .tflite file that bertsum exported.",
    );
  }
  const limits = JSON.parse(member(members, "limits.json"));
  if (limits.task === "abstractive") {
    throw new BertsumError(
      "The file's model writes its summaries, and this code runs models that choose sentences: " +
        "export one of those, or run this one in Python.",
    );
  }
  if (limits.format_version > FORMAT_VERSION) {
    throw new BertsumError(
      `The file was written by bertsum-tf ${limits.package_version}, ` +
        "which this code is too old to read: update it.",
    );
  }
  const rules = JSON.parse(member(members, "sentence_rules.json"));
  if (rules.version !== RULES_VERSION) {
    throw new BertsumError(
      `The file has a sentence rule book of version ${rules.version}, ` +
        `and this code reads version ${RULES_VERSION}: ${EXPORT_AGAIN}.`,
    );
  }
  const vocabulary = member(members, "vocab.txt").replace(/\n$/, "").split("\n");
  const characters = JSON.parse(member(members, "characters.json"));
  const flatbuffer = bytes.subarray(0, limits.model_bytes);
  if (!(limits.format_version >= 1) || !limits.window_lengths.length || !flatbuffer.length) {
    throw new ArchiveError(true);
  }
  return Object.freeze({
    rules: new SentenceRules(rules),
    wordPiece: new WordPiece(vocabulary, characters, limits),
    limits,
    windowLengths: [...limits.window_lengths].sort((first, second) => first - second),
    flatbuffer,
    files: members,
  });
}

/** @param {Map<string, Uint8Array>} members @param {string} name */
function member(members, name) {
  const content = members.get(name);
  if (!content) throw new BertsumError(`The file has no ${name}: ${EXPORT_AGAIN}.`);
  return utf8(content);
}

/**
 * Compares the SHA-256 of the model, its vocabulary and rule book with those it was exported with.
 * Reading checks all but the weights; this takes some milliseconds more, and needs Web Crypto,
 * which browsers have on https and localhost.
 *
 * @param {import("../bertsum.js").Model} model
 * @throws {BertsumError} if one differs.
 */
export async function verifyModel(model) {
  const parts = [
    [model.flatbuffer, model.limits.model_sha256],
    [model.files.get("vocab.txt"), model.limits.vocabulary_sha256],
    [model.files.get("sentence_rules.json"), model.limits.rules_sha256],
  ];
  for (const [content, expected] of parts) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    const actual = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (actual !== expected) {
      throw new BertsumError("The file is damaged: load it or export it again.");
    }
  }
}
