/** The Chromium that the browser tests and the benchmark run. */

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  chromium.executablePath(),
];

/** Where Chromium is, if anywhere. */
export const executablePath = process.env.CHROMIUM || USUAL_PLACES.find((path) => existsSync(path));

/** For `node:test`: why browser tests can't run here, or false. */
export const skip = !executablePath && "there is no Chromium: install one, or set CHROMIUM to its path";

/** Starts it, without a window. */
export function launch() {
  // A sandbox needs rights that containers often have not.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
