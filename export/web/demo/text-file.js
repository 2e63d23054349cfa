/** Dropped or opened files -> their text. */

/** The longest text, in bytes: a long novel. It takes minutes on a phone. */
export const LARGEST = 1_000_000;

export const NO_TEXT = "There is no text yet: paste an article, drop a file, or try the sample.";

/** A file or text that can't be summarised; the message is one sentence that says what to do. */
export class InputError extends Error {
  name = "InputError";
}

/**
 * @param {Blob & {name?: string}} file
 * @returns {Promise<string>}
 * @throws {InputError} if it is too large, or no text in UTF-8 or UTF-16.
 */
export async function textOf(file) {
  const name = file.name || "The file";
  checkSize(name, file.size);
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    // A folder, or a file that has gone.
    throw new InputError(`${name} can't be read: drop a text file, or paste its text.`);
  }
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Said below.
  }
  throw new InputError(
    `${name} is not a text file: save it as plain text (UTF-8), or copy its text and paste it here.`,
  );
}

/** @throws {InputError} if there is nothing in it, or too much. */
export function checkText(text) {
  if (!text.trim()) throw new InputError(NO_TEXT);
  checkSize("The text", text.length);
}

function checkSize(name, size) {
  if (size <= LARGEST) return;
  throw new InputError(
    `${name} is larger than ${LARGEST / 1e6} MB, the most that is read here: take a part of it.`,
  );
}

/** By the byte order mark; a text without one is UTF-8. */
function encodingOf([first, second]) {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return "utf-8";
}
