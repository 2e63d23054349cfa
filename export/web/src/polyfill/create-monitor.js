/** `CreateMonitor`: what `create({ monitor })` hands out to listen for `downloadprogress`. */

import { nextTask } from "./abort.js";
import { asInterface } from "./webidl.js";

const CONSTRUCT = Symbol("construct");
const PROGRESS = "downloadprogress";

// How finely and how often progress is told:
// https://webmachinelearning.github.io/writing-assistance-apis/#create-an-ai-model-object
const STEPS = 65_536;
const MILLISECONDS = 50;

export class CreateMonitor extends EventTarget {
  #handler = null;
  #listener = (event) => {
    if (typeof this.#handler === "function") this.#handler.call(this, event);
  };

  constructor() {
    if (arguments[0] !== CONSTRUCT) throw new TypeError("Illegal constructor");
    super();
  }

  get ondownloadprogress() {
    return this.#handler;
  }

  set ondownloadprogress(value) {
    const handler = typeof value === "object" || typeof value === "function" ? value : null;
    // A second time changes nothing: a new handler takes the place of the old one.
    if (handler) this.addEventListener(PROGRESS, this.#listener);
    else this.removeEventListener(PROGRESS, this.#listener);
    this.#handler = handler;
  }
}

asInterface(CreateMonitor, "CreateMonitor");

/**
 * Calls an author's `monitor` function.
 *
 * @param {((monitor: CreateMonitor) => void) | undefined} callback what it throws is thrown on.
 * @param {AbortSignal | undefined} signal no event comes after it was aborted.
 * @returns {(fraction: number) => Promise<void>} tells the monitor about progress: what is not
 *   more than before it passes over, and between 0 and 1 what comes too soon.
 */
export function callMonitor(callback, signal) {
  if (!callback) return async () => {};
  const monitor = new CreateMonitor(CONSTRUCT);
  Reflect.apply(callback, undefined, [monitor]);
  let last = -1;
  let lastTime = -Infinity;
  return async (fraction) => {
    const loaded = Math.floor(fraction * STEPS) / STEPS;
    const now = performance.now();
    if (loaded <= last || (loaded < 1 && now - lastTime < MILLISECONDS)) return;
    last = loaded;
    lastTime = now;
    await nextTask();
    if (signal?.aborted) return;
    const init = { loaded, total: 1, lengthComputable: true };
    monitor.dispatchEvent(new ProgressEvent(PROGRESS, init));
  };
}
