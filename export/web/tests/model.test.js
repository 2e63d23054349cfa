/** What `readModel` reads, and what it says to files that it can't read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BertsumError, readModel, split, verifyModel } from "../bertsum.js";
import { bundledFile } from "../scripts/bundled-model.js";
import { withMembers } from "./zip.js";

const file = bundledFile();
const model = readModel(file);
const json = (name) => JSON.parse(new TextDecoder().decode(model.files.get(name)));

/** The file with one field of one of its JSON files changed. */
const changed = (name, change) =>
  withMembers(file, { [name]: JSON.stringify({ ...json(name), ...change }) });

test("a model is read with all that lies behind it", async () => {
  assert.equal(model.flatbuffer.length, model.limits.model_bytes);
  assert.deepEqual(model.windowLengths, model.limits.window_lengths);
  assert.ok(model.files.has("vocab.txt"));
  await verifyModel(model);
});

test("an ArrayBuffer and a view into a larger one are read alike", () => {
  const larger = new Uint8Array(file.length + 7);
  larger.set(file, 7);

  for (const bytes of [file.slice().buffer, larger.subarray(7)]) {
    assert.deepEqual(readModel(bytes).limits, model.limits);
  }
});

const UNREADABLE = {
  "an empty file": [new Uint8Array(), /no LiteRT model/],
  "a web page": [new TextEncoder().encode("<!doctype html>".repeat(9)), /no LiteRT model/],
  "a LiteRT model that is no export": [model.flatbuffer, /cut short, or no export/],
  "a file that is cut short": [file.subarray(0, file.length - 30), /cut short/],
  "another archive behind a model": [withMembers(file, { "limits.json": null }), /no export/],
  "a file without its vocabulary": [withMembers(file, { "vocab.txt": null }), /no vocab\.txt/],
  "a file without its characters": [
    withMembers(file, { "characters.json": null }),
    /no characters\.json/,
  ],
  "a newer format": [
    changed("limits.json", { format_version: 99, package_version: "9.9" }),
    /bertsum-tf 9\.9.*update/,
  ],
  "a model that writes its summaries": [
    changed("limits.json", { format_version: 2, task: "abstractive" }),
    /writes its summaries.*choose sentences: export one of those/,
  ],
  "another rule book": [changed("sentence_rules.json", { version: 7 }), /version 7.*version 1/],
  "limits that are no JSON": [withMembers(file, { "limits.json": "{" }), /damaged/],
  "limits without a format": [withMembers(file, { "limits.json": "{}" }), /damaged/],
  "limits that are null": [withMembers(file, { "limits.json": "null" }), /damaged/],
  "a vocabulary that is no UTF-8": [
    withMembers(file, { "vocab.txt": Uint8Array.of(0xff, 0x0a) }),
    /damaged/,
  ],
};

for (const [name, [bytes, message]] of Object.entries(UNREADABLE)) {
  test(`${name} is refused in one sentence`, () => {
    assert.throws(
      () => readModel(bytes),
      (error) => {
        assert.ok(error instanceof BertsumError, error.stack);
        assert.match(error.message, message);
        assert.match(error.message, /^[A-Z].*[^.]\.$/);
        return true;
      },
    );
  });
}

test("any changed byte behind the model is found, or changes nothing", () => {
  const damaged = file.slice();
  const directory = damaged.length - 600;
  let found = 0;
  for (let place = model.limits.model_bytes; place < damaged.length; ) {
    damaged[place] ^= 0xff;
    try {
      assert.deepEqual(readModel(damaged).limits, model.limits);
    } catch (error) {
      assert.ok(error instanceof BertsumError, error.stack);
      found++;
    }
    damaged[place] ^= 0xff;
    place += place < directory ? 9973 : 3;
  }
  assert.ok(found > 50, `${found} found`);
});

test("a damaged vocabulary is found by its checksum", () => {
  const damaged = file.slice();
  damaged[model.files.get("vocab.txt").byteOffset - file.byteOffset + 1000] ^= 1;

  assert.throws(() => readModel(damaged), /damaged/);
});

test("damaged weights are found when they are verified", async () => {
  const damaged = file.slice();
  damaged[damaged.length >> 1] ^= 1;

  await assert.rejects(verifyModel(readModel(damaged)), /damaged/);
});

test("a changed rule book changes the sentences", () => {
  const rules = json("sentence_rules.json");
  rules.lists.titles = rules.lists.titles.filter((word) => word !== "dr");
  const other = readModel(withMembers(file, { "sentence_rules.json": JSON.stringify(rules) }));

  assert.equal(split(model, "They met Dr. Hale there.").length, 1);
  assert.equal(split(other, "They met Dr. Hale there.").length, 2);
});
