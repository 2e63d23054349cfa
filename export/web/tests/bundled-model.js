/** The model that ships with the Python package, as the tests read it. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readModel } from "../bertsum.js";
import { readArchive } from "../src/archive.js";
import { withMembers } from "./zip.js";

export const ROOT = new URL("../../../", import.meta.url);

const PRESETS = new URL("bertsum_tf/presets/", ROOT);

const CHARACTERS_PROGRAM = `
import json
from bertsum_tf.text.characters import ITSELF, PAGE, character_table
table = {name: array.tolist() for name, array in character_table()._asdict().items()}
print(json.dumps({"page": PAGE, "itself": ITSELF, **table}))
`;

/** The content of the bundled `.tflite` file. */
export function bundledFile() {
  const [preset] = readdirSync(PRESETS).filter((name) => name.startsWith("bertsum_"));
  const bytes = new Uint8Array(readFileSync(new URL(`${preset}/model.tflite`, PRESETS)));
  if (readArchive(bytes).has("characters.json")) return bytes;
  // A file from before the table travelled with the model: Python has the same.
  return withMembers(bytes, { "characters.json": charactersOfPython() });
}

function charactersOfPython() {
  const python = process.env.PYTHON ?? "python3";
  try {
    return execFileSync(python, ["-c", CHARACTERS_PROGRAM], {
      env: { ...process.env, PYTHONPATH: fileURLToPath(ROOT) },
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    throw new Error(
      `The bundled model is an old export, and ${python} has no bertsum_tf to complete it with: ` +
        "set PYTHON to one that has.",
    );
  }
}

/** The bundled model, read. */
export function bundledModel() {
  return readModel(bundledFile());
}
