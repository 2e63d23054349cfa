/** Writes the archive behind a model anew, for models that are damaged or of other versions. */

import { crc32 } from "node:zlib";
import { readArchive } from "../src/archive.js";

/**
 * @param {Uint8Array} file a `.tflite` file of bertsum.
 * @param {Record<string, Uint8Array | string | null>} changes contents by name; null: no such file.
 * @returns {Uint8Array} the file with these members changed.
 */
export function withMembers(file, changes) {
  const members = readArchive(file);
  const limits = JSON.parse(new TextDecoder().decode(members.get("limits.json")));
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) members.delete(name);
    else members.set(name, Buffer.from(content));
  }
  const parts = [Buffer.from(file.subarray(0, limits.model_bytes))];
  const directory = [];
  let place = 0;
  for (const [name, content] of members) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(crc32(content), 14);
    local.writeUInt32LE(content.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    local.copy(entry, 6, 4, 30);
    entry.writeUInt32LE(place, 42);
    parts.push(local, Buffer.from(name), content);
    directory.push(entry, Buffer.from(name));
    place += local.length + name.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.size, 8);
  end.writeUInt16LE(members.size, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(place, 16);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}
