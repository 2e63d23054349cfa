/** The one model of a page: downloaded once, kept in Cache Storage, shared by all summarizers. */

import { readModel, verifyModel } from "../model.js";
import { createSummarizer } from "../summarizer.js";
import { nextTask, untilAborted } from "./abort.js";
import { exception } from "./exception.js";

const CACHE = "bertsum";

/**
 * A model ready for use.
 *
 * @typedef {object} Ready
 * @property {import("../../bertsum.js").Model} model
 * @property {import("../../bertsum.js").BertsumSummarizer} summarizer
 */

export class SharedModel {
  #source;
  #createRuntime;
  /** @type {Loading | null} */
  #loading = null;

  /**
   * @param {string | ArrayBuffer | Uint8Array} source where the `.tflite` file is, or its content.
   * @param {(model: import("../../bertsum.js").Model) => any} createRuntime
   */
  constructor(source, createRuntime) {
    this.#source = source;
    this.#createRuntime = createRuntime;
  }

  /** @returns {Promise<"downloadable" | "downloading" | "available">} */
  async availability() {
    if (this.#loading?.hasModel || typeof this.#source !== "string") return "available";
    if (await kept(await openCache(), this.#source)) return "available";
    return this.#loading ? "downloading" : "downloadable";
  }

  /**
   * Waits for the model; the first to wait starts loading it, the last to give up stops that.
   *
   * @param {AbortSignal | undefined} signal
   * @param {(fraction: number) => Promise<void>} report told how much of it is there.
   * @returns {Promise<Ready>}
   * @throws {DOMException} NetworkError if it can't be downloaded, OperationError if not used.
   */
  open(signal, report) {
    this.#loading ??= new Loading(this.#source, this.#createRuntime, (loading) => {
      // The next to ask starts anew.
      if (this.#loading === loading) this.#loading = null;
    });
    return this.#loading.wait(signal, report);
  }
}

/** One attempt to load the model. */
class Loading {
  /** Whether it is downloaded and found to be whole. */
  hasModel = false;
  #source;
  #model;
  #ready;
  #forget;
  #waiting = new Set();
  #download = new AbortController();
  #received = 0;
  #total = NaN;

  /** @param {(loading: Loading) => void} forget called when it failed or was given up. */
  constructor(source, createRuntime, forget) {
    this.#source = source;
    this.#forget = () => forget(this);
    this.#model = this.#load();
    this.#ready = this.#model.then((model) => prepare(model, createRuntime));
    this.#ready.catch(this.#forget);
  }

  async wait(signal, report) {
    const before = this.#received;
    // Those who come later see only what is left, as the specification asks.
    const progress = () => report((this.#received - before) / (this.#total - before));
    this.#waiting.add(progress);
    try {
      await report(0);
      await untilAborted([signal], () => this.#model);
      await report(1);
      return await untilAborted([signal], () => this.#ready);
    } finally {
      this.#waiting.delete(progress);
      if (!this.hasModel && this.#waiting.size === 0) {
        this.#download.abort();
        this.#forget();
      }
    }
  }

  async #load() {
    const model = await this.#read();
    this.#download.signal.throwIfAborted();
    this.hasModel = true;
    return model;
  }

  async #read() {
    if (typeof this.#source !== "string") return checked(this.#source);
    const cache = await openCache();
    const response = await kept(cache, this.#source);
    if (response) {
      try {
        return await checked(await response.arrayBuffer());
      } catch {
        // Damaged: what is fetched anew takes its place.
        await cache.delete(this.#source);
      }
    }
    const bytes = await this.#fetch(cache ? "no-store" : "default");
    const model = await checked(bytes);
    try {
      await cache?.put(this.#source, new Response(bytes));
    } catch {
      // No room: this page has the model, the next one downloads it again.
    }
    return model;
  }

  /** @param {RequestCache} cacheMode no second copy in the browser's cache beside our own. */
  async #fetch(cacheMode) {
    try {
      const response = await fetch(this.#source, {
        cache: cacheMode,
        signal: this.#download.signal,
      });
      if (!response.ok) throw new Error(`the server answers ${response.status}`);
      this.#total = Number(response.headers.get("content-length") ?? NaN);
      const reader = response.body.getReader();
      const chunks = [];
      for (let chunk; !(chunk = await reader.read()).done; ) {
        chunks.push(chunk.value);
        this.#received += chunk.value.length;
        // A server that compresses names a length that is not that of the file.
        if (this.#received < this.#total) for (const progress of this.#waiting) progress();
      }
      return await new Blob(chunks).arrayBuffer();
    } catch (error) {
      throw exception(
        `The model can't be downloaded from ${this.#source}: ${error.message}.`,
        "NetworkError",
        error,
      );
    }
  }
}

/** Reads a model and compares its checksums. */
async function checked(file) {
  try {
    const model = readModel(file);
    await verifyModel(model);
    return model;
  } catch (error) {
    throw exception(error.message, "OperationError", error);
  }
}

async function prepare(model, createRuntime) {
  try {
    const runtime = await createRuntime(model);
    // Between two windows the page may react to clicks, which may be to stop this.
    const run = async (...window) => {
      await nextTask();
      return runtime.run(...window);
    };
    return { model, summarizer: createSummarizer({ model, runtime: { run } }) };
  } catch (error) {
    throw exception(`The model can't be run: ${error.message}`, "OperationError", error);
  }
}

/** The cache, or undefined where a browser has none or denies it. */
async function openCache() {
  try {
    return await globalThis.caches?.open(CACHE);
  } catch {
    return undefined;
  }
}

async function kept(cache, url) {
  try {
    return await cache?.match(url);
  } catch {
    return undefined;
  }
}
