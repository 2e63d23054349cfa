/** The zip archive behind a model: its members are stored, not compressed. */

// Signatures and sizes of the records, from PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16.
const END = { signature: 0x06054b50, size: 22 };
const DIRECTORY = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };
const LONGEST_COMMENT = 0xffff;
const STORED = 0;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

// Arguments that every engine's `String.fromCharCode` takes at once.
const MOST_ARGUMENTS = 4096;

/** What is wrong with an archive. */
export class ArchiveError extends Error {
  /** @param {boolean} found whether there is an archive at all. */
  constructor(found) {
    super(found ? "The archive is damaged." : "There is no archive.");
    this.found = found;
  }
}

/**
 * Reads all members, and checks that they are whole.
 *
 * @param {Uint8Array} bytes a file that ends with a zip archive.
 * @returns {Map<string, Uint8Array>} the members' contents by their names: views into `bytes`.
 * @throws {ArchiveError}
 */
export function readArchive(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  try {
    return readMembers(bytes, view, end);
  } catch (error) {
    // DataView's answer to a place outside the file.
    throw error instanceof RangeError ? new ArchiveError(true) : error;
  }
}

/** @param {DataView} view */
function findEnd(view) {
  const last = view.byteLength - END.size;
  for (let place = last; place >= Math.max(0, last - LONGEST_COMMENT); place--) {
    if (view.getUint32(place, true) === END.signature) return place;
  }
  throw new ArchiveError(false);
}

/** @param {Uint8Array} bytes @param {DataView} view @param {number} end */
function readMembers(bytes, view, end) {
  const members = new Map();
  const count = view.getUint16(end + 10, true);
  const directorySize = view.getUint32(end + 12, true);
  let place = end - directorySize;
  // Archives count from where they start, be that the file's start or behind the model.
  const origin = place - view.getUint32(end + 16, true);
  for (let member = 0; member < count; member++) {
    check(view.getUint32(place, true) === DIRECTORY.signature);
    const nameLength = view.getUint16(place + 28, true);
    const name = utf8(slice(bytes, place + DIRECTORY.size, nameLength));
    const size = view.getUint32(place + 24, true);
    const local = origin + view.getUint32(place + 42, true);
    check(view.getUint16(place + 10, true) === STORED);
    check(view.getUint32(local, true) === LOCAL.signature);
    const header =
      LOCAL.size + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const content = slice(bytes, local + header, size);
    check(crc32(content) === view.getUint32(place + 16, true));
    members.set(name, content);
    place +=
      DIRECTORY.size +
      nameLength +
      view.getUint16(place + 30, true) +
      view.getUint16(place + 32, true);
  }
  return members;
}

/** @param {boolean} whole */
function check(whole) {
  if (!whole) throw new ArchiveError(true);
}

/** @param {Uint8Array} bytes @param {number} start @param {number} length */
function slice(bytes, start, length) {
  check(start >= 0 && start + length <= bytes.length);
  return bytes.subarray(start, start + length);
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ CRC_TABLE[(value ^ byte) & 0xff];
  return ~value >>> 0;
}

/**
 * Decodes UTF-8. React Native's engine has no TextDecoder, or none that refuses what is no UTF-8.
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {ArchiveError} if they are no UTF-8.
 */
export function utf8(bytes) {
  let text = "";
  for (let start = 0, end; start < bytes.length; start = end) {
    const isAscii = bytes[start] < 0x80;
    const most = isAscii ? start + MOST_ARGUMENTS : Infinity;
    end = start + 1;
    while (end < bytes.length && end < most && bytes[end] < 0x80 === isAscii) end++;
    const run = bytes.subarray(start, end);
    text += isAscii ? String.fromCharCode.apply(null, run) : decoded(run);
  }
  return text;
}

/** @param {Uint8Array} run bytes of characters outside ASCII. */
function decoded(run) {
  try {
    return decodeURIComponent(Array.from(run, (byte) => `%${byte.toString(16)}`).join(""));
  } catch {
    throw new ArchiveError(true);
  }
}
