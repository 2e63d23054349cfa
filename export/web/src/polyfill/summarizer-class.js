/** The class `Summarizer` of the Writing Assistance APIs, on top of a model. */

import { encode } from "../wordpiece.js";
import { pack } from "../packing.js";
import { split } from "../sentences.js";
import { nextTask, throwIfAborted, untilAborted } from "./abort.js";
import { callMonitor } from "./create-monitor.js";
import { exception } from "./exception.js";
import {
  toCoreOptions,
  toCreateOptions,
  toSummarizeOptions,
  withServedLanguages,
} from "./options.js";
import { present, sizeOf } from "./presentation.js";
import { asyncIterable } from "./stream.js";
import { asInterface, toDOMString } from "./webidl.js";

const CONSTRUCT = Symbol("construct");

// Any text can be summarised: no string is longer than this (ECMA-262, 6.1.4). It is not infinite
// because the specification wants a usage of 0 then, and authors want to know how much there is.
const INPUT_QUOTA = Number.MAX_SAFE_INTEGER;

// "Only contains whitespace, or control characters": nothing to be summarised.
const SUMMARIZABLE = /[^\s\p{Cc}]/u;

/**
 * Makes the class.
 *
 * @param {import("./shared-model.js").SharedModel} sharedModel
 * @param {Set<string>} supported languages.
 */
export function summarizerClass(sharedModel, supported) {
  class Summarizer {
    #ready;
    #options;
    #inputLanguages;
    #contextLanguages;
    #inputQuota = INPUT_QUOTA;
    #destruction = new AbortController();

    constructor() {
      const [key, ready, options] = arguments;
      if (key !== CONSTRUCT) throw new TypeError("Illegal constructor");
      this.#ready = ready;
      this.#options = options;
      this.#inputLanguages = frozenOrNull(options.expectedInputLanguages);
      this.#contextLanguages = frozenOrNull(options.expectedContextLanguages);
      const { signal } = options;
      signal?.addEventListener("abort", () => this.#destruction.abort(signal.reason));
    }

    static async create(options = {}) {
      const requested = toCreateOptions(options);
      const { signal, monitor } = requested;
      signal?.throwIfAborted();
      const report = callMonitor(monitor, signal);
      const served = withServedLanguages(requested, supported);
      if (!served) {
        throw exception(
          `This summarizer knows these languages alone: ${[...supported].join(", ")}.`,
          "NotSupportedError",
        );
      }
      const ready = await sharedModel.open(signal, report);
      await nextTask();
      signal?.throwIfAborted();
      return new Summarizer(CONSTRUCT, ready, served);
    }

    static async availability(options = {}) {
      const requested = toCoreOptions(options);
      return withServedLanguages(requested, supported)
        ? sharedModel.availability()
        : "unavailable";
    }

    async summarize(input, options = {}) {
      const call = this.#call(arguments);
      const pieces = await untilAborted(call.signals, (signal) => this.#summarize(call, signal));
      return pieces.join("");
    }

    summarizeStreaming(input, options = {}) {
      const call = this.#call(arguments);
      throwIfAborted(call.signals);
      const cancellation = new AbortController();
      const signals = [...call.signals, cancellation.signal];
      const stream = new ReadableStream({
        start: (controller) => {
          untilAborted(signals, (signal) => this.#summarize(call, signal))
            .then((pieces) => {
              for (const piece of pieces) controller.enqueue(piece);
              controller.close();
            })
            .catch((error) => controller.error(error));
        },
        cancel: () => cancellation.abort(),
      });
      return asyncIterable(stream);
    }

    async measureInputUsage(input, options = {}) {
      const call = this.#call(arguments);
      return untilAborted(call.signals, () => this.#measure(call));
    }

    destroy() {
      this.#destruction.abort();
    }

    get sharedContext() {
      return this.#options.sharedContext ?? "";
    }

    get type() {
      return this.#options.type;
    }

    get format() {
      return this.#options.format;
    }

    get length() {
      return this.#options.length;
    }

    get expectedInputLanguages() {
      return this.#inputLanguages;
    }

    get expectedContextLanguages() {
      return this.#contextLanguages;
    }

    get outputLanguage() {
      return this.#options.outputLanguages[0] ?? null;
    }

    get inputQuota() {
      return this.#inputQuota;
    }

    /** Converts the arguments of a call. */
    #call(given) {
      if (given.length === 0) throw new TypeError("The text to summarize is missing.");
      const input = toDOMString(given[0]);
      const { context = "", signal } = toSummarizeOptions(given[1]);
      return { input, context, signals: [this.#destruction.signal, signal] };
    }

    /** The summary in pieces. */
    async #summarize({ input, context }, signal) {
      await nextTask();
      signal.throwIfAborted();
      if (!SUMMARIZABLE.test(input)) return [];
      this.#refuse(context);
      const { model, summarizer } = this.#ready;
      try {
        const analysis = await summarizer.analyse(input, { signal });
        const { sentences } = summarizer.choose(analysis, sizeOf(this.#options));
        const lines = sentences
          .filter(({ selected }) => selected)
          .map(({ text }) => model.rules.words(text).join(" "));
        return present(lines, this.#options);
      } catch (error) {
        throw exception(`The text can't be summarised: ${error.message}`, "UnknownError", error);
      }
    }

    /** How many tokens the model reads. */
    async #measure({ input, context }) {
      await nextTask();
      this.#refuse(context);
      const { model } = this.#ready;
      const spans = split(model, input);
      const sentences = spans.map((span) => input.slice(span.utf16Start, span.utf16End));
      const windows = pack(model, encode(model, sentences));
      const tokens = windows.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
      // "It must be positive" where there is a quota.
      return Math.max(1, tokens);
    }

    /**
     * The model reads nothing but the text. The specification's table of errors names this one for
     * a context that can't be used.
     */
    #refuse(context) {
      if (SUMMARIZABLE.test(context) || SUMMARIZABLE.test(this.sharedContext)) {
        throw exception(
          "This summarizer chooses sentences by the text alone: leave context and sharedContext out.",
          "NotSupportedError",
        );
      }
    }
  }

  return asInterface(Summarizer, "Summarizer");
}

function frozenOrNull(languages) {
  return languages.length ? Object.freeze([...languages]) : null;
}
