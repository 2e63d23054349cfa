/**
 * Loads the model and runs it, so that the page never waits.
 *
 * A classic worker, because LiteRT.js fetches its WebAssembly build with `importScripts`, which
 * module workers do not have. Everything else it takes as modules, with `import()`. `page` is set by
 * engine.js: in a worker that was made of a blob, relative addresses lead nowhere.
 */

/* global page */

const url = (path) => new URL(path, page).href;

let bertsum;
let model;
let summarizer;
let analysis;
let windows;
let stop = new AbortController();

const tasks = {
  /** Loads LiteRT.js and the model; the page waits for nothing else. */
  async load() {
    const started = performance.now();
    // Threads need shared memory, which browsers give only to pages that are cross-origin isolated.
    const threads = self.crossOriginIsolated;
    const [core, liteRt, file] = await Promise.all([
      import(url("bertsum/bertsum.js")),
      loadLiteRt(threads),
      download(url("model.tflite")),
    ]);
    bertsum = core;
    model = bertsum.readModel(file);
    const compiled = await liteRt.loadAndCompile(model.flatbuffer, { accelerator: "wasm" });
    const runtime = bertsum.liteRtRuntime(compiled, liteRt.Tensor);
    summarizer = bertsum.createSummarizer({ model, runtime: counted(runtime) });
    return {
      bytes: file.length,
      threads: compiled.options.cpuOptions.numThreads,
      sentences: model.limits.num_sentences,
      milliseconds: performance.now() - started,
    };
  },

  /** Scores the sentences of a text; what `choose` then chooses from. */
  async analyse({ text }) {
    const started = performance.now();
    stop = new AbortController();
    windows = { done: 0, all: countWindows(text) };
    analysis = await summarizer.analyse(text, { signal: stop.signal });
    return { sentences: analysis.sentences.length, milliseconds: performance.now() - started };
  },

  /** Chooses the sentences of the summary. */
  choose({ options }) {
    const started = performance.now();
    const { summary, sentences } = summarizer.choose(analysis, options);
    return { summary, sentences, milliseconds: performance.now() - started };
  },

  /** Ends `analyse`, which then fails. */
  stop() {
    stop.abort();
  },
};

self.onmessage = async ({ data: { id, task, ...parts } }) => {
  try {
    self.postMessage({ id, value: await tasks[task](parts) });
  } catch (error) {
    self.postMessage({ id, error: { name: error?.name, message: error?.message ?? String(error) } });
  }
};

async function loadLiteRt(threads) {
  const folder = url("litert/wasm/");
  self.Module = {
    // Else the .wasm file is looked for beside this script.
    locateFile: (name) => folder + name,
    // What it says, all of it to stderr, is how it starts.
    printErr: console.debug,
  };
  if (threads) self.Module.mainScriptUrlOrBlob = `${folder}litert_wasm_threaded_internal.js`;
  const liteRt = await import(url("litert/core.js"));
  await liteRt.loadLiteRt(folder, { threads });
  return liteRt;
}

/** Fetches a file and says how much of it is there. */
async function download(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The server answered ${response.status} for the model.`);
  // Of what was compressed on its way, the length says nothing.
  const encoded = response.headers.get("content-encoding");
  const all = encoded ? undefined : Number(response.headers.get("content-length")) || undefined;
  const parts = [];
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done: isEnd, value } = await reader.read();
    if (isEnd) break;
    parts.push(value);
    done += value.length;
    self.postMessage({ progress: { what: "bytes", done, all } });
  }
  const content = new Uint8Array(done);
  let place = 0;
  for (const part of parts) {
    content.set(part, place);
    place += part.length;
  }
  return content;
}

/** The runtime, which says after each window how many are done. */
function counted(runtime) {
  return {
    async run(signature, input) {
      const scores = await runtime.run(signature, input);
      windows.done++;
      self.postMessage({ progress: { what: "windows", ...windows } });
      await messages();
      return scores;
    },
  };
}

/** How many windows a text makes: splitting and packing take little beside scoring. */
function countWindows(text) {
  const spans = bertsum.split(model, text);
  const sentences = spans.map((span) => text.slice(span.utf16Start, span.utf16End));
  return bertsum.pack(model, bertsum.encode(model, sentences)).length;
}

/** Lets the messages that wait be read: "stop" could be among them. */
function messages() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
