/** The model that ships with the Python package: the demo page and the tests take it. */

import { readdirSync, readFileSync } from "node:fs";
import { readModel } from "../bertsum.js";

export const ROOT = new URL("../../../", import.meta.url);

const PRESETS = new URL("bertsum_tf/presets/", ROOT);

/** The content of the bundled `.tflite` file. */
export function bundledFile() {
  const [preset] = readdirSync(PRESETS).filter((name) => name.startsWith("bertsum_"));
  return new Uint8Array(readFileSync(new URL(`${preset}/model.tflite`, PRESETS)));
}

/** The bundled model, read. */
export function bundledModel() {
  return readModel(bundledFile());
}
