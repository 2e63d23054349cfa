/** The page's end of the worker that summarises. */

export class Engine {
  #worker;
  #waiting = new Map();
  #last = 0;

  /**
   * @param {(progress: {what: "bytes" | "windows", done: number, all?: number}) => void} onProgress
   */
  constructor(onProgress = () => {}) {
    this.#worker = newWorker("worker.js");
    this.#worker.onmessage = ({ data: { id, value, error, progress } }) => {
      if (progress) return onProgress(progress);
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(Object.assign(new Error(error.message), { name: error.name }));
      else resolve(value);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const error = new Error(event.message || "The worker could not be started.");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
  }

  /** Loads LiteRT.js and the model: `{bytes, threads, sentences, milliseconds}`. */
  load() {
    return this.#ask("load");
  }

  /** Scores the sentences of a text, once: `{sentences, milliseconds}`. */
  async analyse(text) {
    return this.#ask("analyse", { text });
  }

  /** Chooses among the sentences of the last text: `{summary, sentences, milliseconds}`. */
  choose(options) {
    return this.#ask("choose", { options });
  }

  /** Ends a running `analyse`, which is then rejected with an `AbortError`. */
  stop() {
    return this.#ask("stop");
  }

  /** Frees the worker and all its memory. */
  close() {
    this.#worker.terminate();
  }

  #ask(task, parts) {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, task, ...parts });
    });
  }
}

/**
 * A worker under this page's Content-Security-Policy. The policy of one that is made of an address
 * comes with the headers of its file, and plain web hosts send none; one that is made of a blob has
 * the policy of its maker.
 */
function newWorker(path) {
  const page = JSON.stringify(document.baseURI);
  const script = JSON.stringify(new URL(path, document.baseURI).href);
  const blob = new Blob([`const page = ${page};\nimportScripts(${script});\n`], {
    type: "text/javascript",
  });
  return new Worker(URL.createObjectURL(blob));
}
