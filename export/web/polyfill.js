/**
 * `Summarizer` for browsers that have none: the interface of the Writing Assistance APIs
 * (https://webmachinelearning.github.io/writing-assistance-apis/) on a model of bertsum.
 *
 * @module bertsum/polyfill
 */

import { CreateMonitor } from "./src/polyfill/create-monitor.js";
import { supportedLanguages } from "./src/polyfill/languages.js";
import { SharedModel } from "./src/polyfill/shared-model.js";
import { summarizerClass } from "./src/polyfill/summarizer-class.js";

export { lazyLiteRt } from "./src/litert.js";

/**
 * Defines `Summarizer` where there is none. Nothing is loaded before `Summarizer.create()`.
 *
 * @param {object} options
 * @param {string | URL | ArrayBuffer | Uint8Array} options.model where the `.tflite` file is, or its
 *   content. A file of a URL is kept in Cache Storage for good: give another model another URL.
 * @param {(model: import("./bertsum.js").Model) => import("./bertsum.js").Runtime
 *   | Promise<import("./bertsum.js").Runtime>} options.runtime makes what runs the model:
 *   `lazyLiteRt(...)`, or a function of your own.
 * @param {string[]} [options.languages] BCP 47 tags of what the model was trained on.
 * @param {boolean} [options.force] replaces a `Summarizer` that is there.
 * @returns {boolean} whether it was installed: not if there is one already, and not on a page that
 *   is no secure context (neither https nor localhost), where browsers have none either.
 *
 * @example
 * installSummarizer({
 *   model: "/model.tflite",
 *   runtime: lazyLiteRt(() => import("@litertjs/core"), "/litert/wasm/"),
 * });
 * const summarizer = await Summarizer.create({ type: "tldr", length: "medium" });
 * const summary = await summarizer.summarize(article);
 */
export function installSummarizer({ model, runtime, languages = ["en"], force = false }) {
  const source = model instanceof URL ? model.href : model;
  if (typeof source !== "string" && !ArrayBuffer.isView(source) && !(source instanceof ArrayBuffer)) {
    throw new TypeError("The model has to be the URL or the content of a .tflite file.");
  }
  if (typeof runtime !== "function") {
    throw new TypeError("The runtime has to be a function, such as lazyLiteRt(...) makes.");
  }
  const supported = supportedLanguages(languages);
  if (!globalThis.isSecureContext || ("Summarizer" in globalThis && !force)) return false;
  const Summarizer = summarizerClass(new SharedModel(source, runtime), supported);
  define("Summarizer", Summarizer);
  // A browser with other built-in AI has it already.
  if (!("CreateMonitor" in globalThis)) define("CreateMonitor", CreateMonitor);
  return true;
}

/** Defines an interface as Web IDL does. */
function define(name, value) {
  Object.defineProperty(globalThis, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
