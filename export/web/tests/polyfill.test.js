/**
 * `Summarizer` in Node: what it makes of options, texts and downloads. The model is the bundled one,
 * with given scores in place of LiteRT.js; `browser/polyfill.test.js` runs all of it in Chromium.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, before, beforeEach, test } from "node:test";
import { Parser } from "commonmark";
import { installSummarizer } from "../polyfill.js";
import { bundledFile } from "../scripts/bundled-model.js";

const FILE = bundledFile();

// Ten sentences without a common trigram, and what the model thinks of each.
const SENTENCES = [
  "The mayor opened a new bridge across the old harbour on Monday morning.",
  "Traffic will be slow there for about a week, the police warn.",
  "Shops near the water expect far more visitors from now on.",
  "Nobody in the town hall said what building it has cost.",
  "Cyclists get two lanes of their own and a separate light.",
  "Ferries that served both banks since 1921 stop in autumn.",
  "Their crews move to lines along the northern coast instead.",
  "A museum will keep one boat with its original engine.",
  "Engineers tested every cable twice during a stormy winter.",
  "Children named the bridge after a local swimmer and her dog, who crossed the bay in 1954.",
];
const SCORES = [0.9, 0.1, 0.8, 0.7, 0.2, 0.6, 0.3, 0.5, 0.4, 1];
const ARTICLE = SENTENCES.join(" ");

/** Gives the sentences of the only window these scores. */
const scoring = (scores) => ({
  run: async (_, { shape }) =>
    Float32Array.from({ length: shape[1] / 8 }, (_, slot) => scores[slot] ?? -9),
});

/** Cache Storage as far as it is used; `caches` of Node 20 is missing. */
class Caches {
  entries = new Map();
  async open() {
    return {
      match: async (url) => this.entries.get(url)?.clone(),
      put: async (url, response) => void this.entries.set(url, response),
      delete: async (url) => this.entries.delete(url),
    };
  }
}

/** A server for each test, whose answer is the test's. */
let server;
let requests;
let answer;
let url;
const wholeFile = (response) => response.setHeader("content-length", FILE.length).end(FILE);

before(() => {
  // What browsers have and Node has not.
  globalThis.isSecureContext = true;
  globalThis.ProgressEvent = class extends Event {
    constructor(type, { loaded, total, lengthComputable }) {
      super(type);
      Object.assign(this, { loaded, total, lengthComputable });
    }
  };
});

beforeEach(async () => {
  globalThis.caches = new Caches();
  requests = 0;
  answer = wholeFile;
  server = createServer((_, response) => {
    requests++;
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}/model.tflite`;
});

afterEach(() => {
  delete globalThis.Summarizer;
  delete globalThis.CreateMonitor;
  server.closeAllConnections();
  server.close();
});

/** What a page does when it loads. */
function openPage({ model = FILE, scores = SCORES, ...options } = {}) {
  const runtime = () => scoring(scores);
  return installSummarizer({ model, runtime, force: true, ...options });
}

/** Collects what a monitor is told. */
function progress() {
  const loaded = [];
  const monitor = (target) =>
    target.addEventListener("downloadprogress", (event) => {
      assert.equal(event.total, 1);
      assert.equal(event.lengthComputable, true);
      loaded.push(event.loaded);
    });
  return { loaded, monitor };
}

const named = (name) => (error) => {
  assert.ok(error instanceof DOMException, error.stack);
  assert.equal(error.name, name);
  return true;
};

// --- what the types give ---------------------------------------------------------------------

test("each type and length has its number of sentences", async () => {
  openPage();
  const counts = {};
  for (const type of ["tldr", "teaser", "key-points", "headline"]) {
    counts[type] = [];
    for (const length of ["short", "medium", "long"]) {
      const summarizer = await Summarizer.create({ type, length, format: "plain-text" });
      const summary = await summarizer.summarize(ARTICLE);
      counts[type].push(SENTENCES.filter((sentence) => summary.includes(sentence)).length);
    }
  }
  assert.deepEqual(counts, {
    tldr: [1, 3, 5],
    teaser: [1, 3, 5],
    "key-points": [3, 5, 7],
    headline: [1, 1, 1],
  });
});

test("key points are a list, in Markdown or with bullets", async () => {
  openPage();
  const markdown = await Summarizer.create();
  const plain = await Summarizer.create({ format: "plain-text" });

  const chosen = [SENTENCES[0], SENTENCES[2], SENTENCES[9]];
  assert.equal(await markdown.summarize(ARTICLE), `- ${chosen.join("\n- ")}`);
  assert.equal(await plain.summarize(ARTICLE), `• ${chosen.join("\n• ")}`);
});

test("a tldr is one paragraph in the order of the text", async () => {
  openPage();
  const summarizer = await Summarizer.create({ type: "tldr", length: "medium" });

  const text = ARTICLE.replaceAll(". ", ".\n\n").replaceAll("new ", "new \t ");
  assert.equal(
    await summarizer.summarize(text),
    `${SENTENCES[0]} ${SENTENCES[2]} ${SENTENCES[9]}`,
  );
});

test("a headline is the best sentence that is short enough", async () => {
  openPage();
  const headlines = [];
  for (const length of ["short", "medium", "long"]) {
    const summarizer = await Summarizer.create({ type: "headline", length });
    headlines.push(await summarizer.summarize(ARTICLE));
  }
  // 13 words, 11 words, 17 words; the last has the highest score.
  assert.deepEqual(headlines, [SENTENCES[2], SENTENCES[9], SENTENCES[9]]);
});

test("a headline is never cut: where all are too long it is the shortest", async () => {
  openPage();
  const long = "This sentence goes on and on for well more than a dozen words, and has no end.";
  const longer = `${long.slice(0, -1)} at all, as far as anyone who has read it can tell us.`;
  const summarizer = await Summarizer.create({ type: "headline" });

  assert.equal(await summarizer.summarize(`${longer} ${long}`), long);
});

const MARKED_UP = [
  "*Stars* and __lines__ and `ticks` stay what they are in a text.",
  "# 1 in the charts was, as ever, a song about the sea.",
  "1. A great year for books about the state, he said.",
  "- A dash opens this sentence, which is no list at all.",
  "+ A plus opens this sentence, which is no list either.",
  "> An arrow opens this one, and 1 < 2 > 0 closes it <b>here</b>.",
  "A \\*star\\* after a backslash is a star, and a backslash is one too.",
  "See [the page](https://example.org) or ![a picture](x.png) there.",
  "AT&T wrote &amp; and &#65; and ~~struck~~ a|b and C:\\temp\\new.",
  "=== is a line of signs under a heading in many a text.",
  "--- is a line across the page in many a text as well.",
];

test("Markdown in a sentence is shown as it stands", async () => {
  const parser = new Parser();
  for (const options of [{ type: "key-points", length: "short" }, { type: "tldr" }]) {
    for (const sentence of MARKED_UP) {
      openPage();
      const summarizer = await Summarizer.create(options);

      const nodes = [];
      let text = "";
      const walker = parser.parse(await summarizer.summarize(sentence)).walker();
      for (let step = walker.next(); step; step = walker.next()) {
        if (!step.entering) continue;
        nodes.push(step.node.type);
        text += step.node.literal ?? "";
      }
      assert.equal(text, sentence);
      const block = options.type === "key-points" ? ["list", "item"] : [];
      assert.deepEqual(
        nodes.filter((type) => type !== "text"),
        ["document", ...block, "paragraph"],
        sentence,
      );
    }
  }
});

test("plain text is not escaped", async () => {
  openPage();
  const summarizer = await Summarizer.create({ type: "tldr", format: "plain-text" });

  for (const sentence of MARKED_UP) assert.equal(await summarizer.summarize(sentence), sentence);
});

test("a stream has a piece for each sentence, and together they are the summary", async () => {
  openPage();
  const summarizer = await Summarizer.create({ length: "medium" });

  const pieces = [];
  for await (const piece of summarizer.summarizeStreaming(ARTICLE)) pieces.push(piece);

  assert.equal(pieces.length, 5);
  assert.equal(pieces.join(""), await summarizer.summarize(ARTICLE));
});

test("a stream can be iterated where the browser's own can't", async () => {
  const { prototype } = ReadableStream;
  const native = Object.getOwnPropertyDescriptor(prototype, Symbol.asyncIterator);
  delete prototype[Symbol.asyncIterator];
  try {
    openPage();
    const summarizer = await Summarizer.create();

    const pieces = [];
    for await (const piece of summarizer.summarizeStreaming(ARTICLE)) pieces.push(piece);
    assert.equal(pieces.join(""), await summarizer.summarize(ARTICLE));

    const left = summarizer.summarizeStreaming(ARTICLE);
    for await (const piece of left) if (piece) break;
    assert.deepEqual(await left.getReader().read(), { done: true, value: undefined });

    const failing = summarizer.summarizeStreaming(ARTICLE);
    summarizer.destroy();
    await assert.rejects(async () => {
      for await (const piece of failing) assert.fail(piece);
    }, named("AbortError"));
  } finally {
    Object.defineProperty(prototype, Symbol.asyncIterator, native);
  }
});

test("a cancelled stream stops without an error", async () => {
  openPage();
  const summarizer = await Summarizer.create();

  const stream = summarizer.summarizeStreaming(ARTICLE);
  await stream.cancel();

  assert.deepEqual(await stream.getReader().read(), { done: true, value: undefined });
  assert.match(await summarizer.summarize(ARTICLE), /bridge/);
});

// --- what is refused -------------------------------------------------------------------------

test("a text without anything to summarise gives nothing and asks no model", async () => {
  openPage({ runtime: () => ({ run: () => assert.fail("asked") }) });
  const summarizer = await Summarizer.create({ sharedContext: "ignored where there is no text" });

  for (const text of ["", " \n\t\u3000", "\u0000\u0007\u009f"]) {
    assert.equal(await summarizer.summarize(text), "");
  }
});

test("a context is refused, because the model can't use it", async () => {
  openPage();
  const shared = await Summarizer.create({ sharedContext: "For children." });
  const summarizer = await Summarizer.create({ sharedContext: " \n" });

  assert.equal(shared.sharedContext, "For children.");
  await assert.rejects(shared.summarize(ARTICLE), named("NotSupportedError"));
  await assert.rejects(shared.measureInputUsage(ARTICLE), named("NotSupportedError"));
  const context = "For children.";
  await assert.rejects(summarizer.summarize(ARTICLE, { context }), named("NotSupportedError"));
  const reader = summarizer.summarizeStreaming(ARTICLE, { context }).getReader();
  await assert.rejects(reader.read(), named("NotSupportedError"));
  assert.match(await summarizer.summarize(ARTICLE, { context: " " }), /bridge/);
});

test("languages of the model are served, others are not", async () => {
  openPage({ languages: ["en", "pt-BR"] });
  const served = [
    { expectedInputLanguages: ["en-GB", "EN", "pt"], outputLanguage: "en-Latn-US" },
    { expectedContextLanguages: ["pt-BR"] },
    { expectedInputLanguages: [] },
  ];
  const refused = [
    { expectedInputLanguages: ["en", "es"] },
    { outputLanguage: "ja" },
    { expectedContextLanguages: ["enm"] },
  ];

  for (const options of served) assert.equal(await Summarizer.availability(options), "available");
  for (const options of refused) {
    assert.equal(await Summarizer.availability(options), "unavailable");
    await assert.rejects(Summarizer.create(options), named("NotSupportedError"));
  }
  const { expectedInputLanguages, outputLanguage } = await Summarizer.create(served[0]);
  assert.deepEqual(expectedInputLanguages, ["en", "pt"]);
  assert.equal(outputLanguage, "en");
});

test("malformed languages are refused", async () => {
  openPage();
  for (const tag of ["e", "en_US", "en-abc-invalid", ""]) {
    await assert.rejects(Summarizer.availability({ outputLanguage: tag }), RangeError);
    await assert.rejects(Summarizer.create({ expectedInputLanguages: [tag] }), RangeError);
  }
});

test("what the model can't do is an UnknownError with its reason", async () => {
  openPage({ scores: SCORES.map(() => NaN) });
  const summarizer = await Summarizer.create();

  await assert.rejects(summarizer.summarize(ARTICLE), (error) => {
    assert.match(error.message, /weights are damaged/);
    return named("UnknownError")(error);
  });
});

test("usage is the tokens that the model reads, and any text fits", async () => {
  openPage();
  const summarizer = await Summarizer.create();

  // [CLS] the bridge is open . [SEP]
  assert.equal(await summarizer.measureInputUsage("The bridge is open."), 7);
  assert.equal(await summarizer.measureInputUsage("The bridge is open. ".repeat(10)), 70);
  assert.equal(await summarizer.measureInputUsage(""), 1);
  assert.equal(summarizer.inputQuota, Number.MAX_SAFE_INTEGER);
});

// --- options ---------------------------------------------------------------------------------

test("options are converted in the order of Web IDL", async () => {
  openPage();
  const read = [];
  const options = new Proxy({}, { get: (_, name) => void read.push(name) });

  await Summarizer.create(options);
  const summarizer = await Summarizer.create(null);
  await summarizer.summarize("", options);

  assert.deepEqual(read, [
    "expectedContextLanguages",
    "expectedInputLanguages",
    "format",
    "length",
    "outputLanguage",
    "preference",
    "type",
    "monitor",
    "sharedContext",
    "signal",
    "context",
    "signal",
  ]);
});

test("values are converted to strings, and senseless ones refused", async () => {
  openPage();
  const { type } = await Summarizer.create({ type: { toString: () => "teaser" } });
  assert.equal(type, "teaser");

  const senseless = [
    7,
    "options",
    { type: "tl;dr" },
    { format: "html" },
    { length: null },
    { preference: "best" },
    { signal: {} },
    { signal: null },
    { monitor: {} },
    { sharedContext: Symbol("context") },
    { expectedInputLanguages: "en" },
    { expectedInputLanguages: { length: 1 } },
  ];
  for (const options of senseless) await assert.rejects(Summarizer.create(options), TypeError);
});

test("the signal of create() ends creation, and later what was created", async () => {
  openPage();
  const reason = new Error("enough");
  const controller = new AbortController();
  const summarizer = await Summarizer.create({ signal: controller.signal });
  const pending = summarizer.summarize(ARTICLE);
  controller.abort(reason);

  await assert.rejects(pending, reason);
  await assert.rejects(summarizer.measureInputUsage(ARTICLE), reason);
  assert.throws(() => summarizer.summarizeStreaming(ARTICLE), reason);
  await assert.rejects(Summarizer.create({ signal: controller.signal }), reason);
});

test("a long text can be given up between its windows", async () => {
  let windows = 0;
  const { run } = scoring([]);
  openPage({ runtime: () => ({ run: (...window) => (windows++, run(...window)) }) });
  const summarizer = await Summarizer.create();
  const controller = new AbortController();
  const { signal } = controller;
  const text = ARTICLE.repeat(200);

  const summary = summarizer.summarize(text, { signal });
  while (!windows) await new Promise((resolve) => setTimeout(resolve));
  controller.abort();

  await assert.rejects(summary, named("AbortError"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = windows;
  assert.ok(before < 5, `${before} windows`);
  await summarizer.summarize(text);
  assert.ok(windows - before > 50, `${windows} windows`);
});

test("any string can be summarised", async () => {
  openPage();
  const strings = ["\u200b", "...", "\ud83d", "\ufffc", "👩‍👩‍👧", "a", "1.", "ﷺ", "<>"];
  for (const format of ["markdown", "plain-text"]) {
    for (const type of ["key-points", "headline"]) {
      const summarizer = await Summarizer.create({ type, format });
      for (const string of strings) {
        assert.equal(typeof (await summarizer.summarize(string)), "string");
        assert.ok((await summarizer.measureInputUsage(string)) > 0);
      }
    }
  }
});

test("a destroyed summarizer refuses, as often as it is destroyed", async () => {
  openPage();
  const summarizer = await Summarizer.create();
  const reader = summarizer.summarizeStreaming(ARTICLE).getReader();

  assert.equal(summarizer.destroy(), undefined);
  summarizer.destroy();

  await assert.rejects(reader.read(), named("AbortError"));
  await assert.rejects(summarizer.summarize(""), named("AbortError"));
});

test("a monitor that throws ends creation with its error", async () => {
  openPage();
  const error = new Error("no monitor");
  const monitor = () => {
    throw error;
  };

  await assert.rejects(Summarizer.create({ monitor }), error);
});

test("no monitor is told anything after creation was aborted", async () => {
  openPage();
  const { loaded, monitor } = progress();
  const controller = new AbortController();
  const { signal } = controller;

  const creation = Summarizer.create({ signal, monitor });
  controller.abort();

  await assert.rejects(creation, named("AbortError"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(loaded, []);
  const uncalled = () => assert.fail("called");
  await assert.rejects(Summarizer.create({ signal, monitor: uncalled }), named("AbortError"));
});

test("ondownloadprogress is a handler that can be replaced", async () => {
  openPage();
  const calls = [];
  await Summarizer.create({
    monitor(target) {
      assert.equal(target.ondownloadprogress, null);
      target.ondownloadprogress = () => calls.push("first");
      target.addEventListener("downloadprogress", () => calls.push("listener"));
      target.ondownloadprogress = () => calls.push("second");
    },
  });

  // At 0 and at 1.
  assert.deepEqual(calls, ["second", "listener", "second", "listener"]);

  await Summarizer.create({
    monitor(target) {
      target.ondownloadprogress = () => assert.fail("called");
      target.ondownloadprogress = "no handler";
      assert.equal(target.ondownloadprogress, null);
      calls.length = 0;
      target.addEventListener("downloadprogress", () => calls.push("listener"));
      target.ondownloadprogress = () => calls.push("again");
    },
  });
  assert.deepEqual(calls, ["listener", "again", "listener", "again"]);
});

// --- the model -------------------------------------------------------------------------------

test("nothing is loaded before create(), and the second visit needs no network", async () => {
  openPage({ model: url });
  assert.equal(await Summarizer.availability(), "downloadable");
  assert.equal(requests, 0);

  const creation = Summarizer.create();
  assert.equal(await Summarizer.availability(), "downloading");
  await creation;
  assert.equal(await Summarizer.availability(), "available");

  openPage({ model: new URL(url) });
  assert.equal(await Summarizer.availability(), "available");
  const { loaded, monitor } = progress();
  const summarizer = await Summarizer.create({ monitor });
  assert.match(await summarizer.summarize(ARTICLE), /bridge/);
  assert.deepEqual(loaded, [0, 1]);
  assert.equal(requests, 1);
});

test("the progress of a download is told in steps from 0 to 1", async () => {
  answer = async (response) => {
    response.setHeader("content-length", FILE.length);
    // Three large parts and two of a byte, which are less than a step.
    const ends = [FILE.length / 4, FILE.length / 2, FILE.length / 2 + 1, FILE.length / 2 + 2];
    let start = 0;
    for (const end of [...ends, FILE.length]) {
      response.write(FILE.subarray(start, end));
      start = Math.floor(end);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    response.end();
  };
  openPage({ model: url });
  const { loaded, monitor } = progress();

  await Summarizer.create({ monitor });

  assert.equal(loaded[0], 0);
  assert.equal(loaded.at(-1), 1);
  assert.ok(loaded.length >= 4, `${loaded}`);
  for (const [index, fraction] of loaded.entries()) {
    assert.equal(fraction % (1 / 65536), 0);
    if (index) assert.ok(fraction > loaded[index - 1], `${loaded}`);
  }
});

test("a server that names no length is no obstacle", async () => {
  answer = (response) => {
    response.write(FILE.subarray(0, 1000));
    response.end(FILE.subarray(1000));
  };
  openPage({ model: url });
  const { loaded, monitor } = progress();

  await Summarizer.create({ monitor });

  assert.deepEqual(loaded, [0, 1]);
});

test("all share one download and one runtime, and one that gives up does not disturb", async () => {
  let release;
  answer = (response) => {
    response.write(FILE.subarray(0, 1000));
    release = () => response.end(FILE.subarray(1000));
  };
  let runtimes = 0;
  const runtime = () => (runtimes++, scoring(SCORES));
  openPage({ model: url, runtime });
  const controller = new AbortController();
  const impatient = Summarizer.create({ signal: controller.signal });
  const patient = [Summarizer.create(), Summarizer.create({ type: "headline" })];
  while (!release) await new Promise((resolve) => setTimeout(resolve, 10));
  controller.abort();
  await assert.rejects(impatient, named("AbortError"));
  release();

  for (const summarizer of await Promise.all(patient)) {
    assert.match(await summarizer.summarize(ARTICLE), /[a-z]/);
  }
  assert.equal(requests, 1);
  assert.equal(runtimes, 1);
});

test("when all have given up, the download stops, and can be started again", async () => {
  let closed;
  answer = (response) => {
    response.write(FILE.subarray(0, 1000));
    closed = once(response, "close");
  };
  openPage({ model: url });
  const controller = new AbortController();
  const creation = Summarizer.create({ signal: controller.signal });
  while (!closed) await new Promise((resolve) => setTimeout(resolve, 10));
  controller.abort();
  await assert.rejects(creation, named("AbortError"));
  await closed;
  assert.equal(await Summarizer.availability(), "downloadable");

  answer = wholeFile;
  assert.ok(await Summarizer.create());
});

test("a download that fails is a NetworkError, and the next create() tries again", async () => {
  openPage({ model: url });
  const failures = [
    [(response) => response.writeHead(404).end("not here"), /from http.*: the server answers 404\.$/],
    [
      (response) => {
        response.setHeader("content-length", FILE.length);
        response.write(FILE.subarray(0, 9), () => response.destroy());
      },
      /^The model can't be downloaded from http/,
    ],
  ];
  for (const [failure, message] of failures) {
    answer = failure;
    await assert.rejects(Summarizer.create(), (error) => {
      assert.match(error.message, message, error.cause);
      return named("NetworkError")(error);
    });
    assert.equal(await Summarizer.availability(), "downloadable");
  }
  answer = wholeFile;
  assert.ok(await Summarizer.create());
});

test("a damaged download is an OperationError and is not kept", async () => {
  const damaged = FILE.slice();
  damaged[FILE.length >> 1] ^= 1;
  for (const content of [damaged, "<!doctype html>"]) {
    answer = (response) => response.end(content);
    openPage({ model: url });

    await assert.rejects(Summarizer.create(), named("OperationError"));
    assert.equal(caches.entries.size, 0);
  }
});

test("a file that was damaged in the cache is downloaded again", async () => {
  caches.entries.set(url, new Response(FILE.subarray(0, FILE.length - 99)));
  openPage({ model: url });

  assert.ok(await Summarizer.create());
  assert.equal(requests, 1);

  openPage({ model: url });
  assert.ok(await Summarizer.create());
  assert.equal(requests, 1);
});

test("a browser that denies its cache downloads each time", async () => {
  caches.open = async () => {
    throw new DOMException("denied", "SecurityError");
  };
  for (const visit of [1, 2]) {
    openPage({ model: url });
    assert.equal(await Summarizer.availability(), "downloadable");
    assert.ok(await Summarizer.create());
    assert.equal(await Summarizer.availability(), "available");
    assert.equal(requests, visit);
  }
});

test("a full disk is no obstacle", async () => {
  const { open } = Caches.prototype;
  caches.open = async () => ({
    ...(await open.call(caches)),
    put: async () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  openPage({ model: url });

  assert.ok(await Summarizer.create());
});

test("a runtime that fails is an OperationError, and is tried again", async () => {
  let attempts = 0;
  const runtime = () => {
    if (++attempts === 1) throw new Error("no WebAssembly");
    return scoring(SCORES);
  };
  openPage({ runtime });

  await assert.rejects(Summarizer.create(), (error) => {
    assert.match(error.message, /no WebAssembly/);
    return named("OperationError")(error);
  });
  assert.ok(await Summarizer.create());
});

// --- installing ------------------------------------------------------------------------------

test("a Summarizer that is there stays, unless replacing it is asked for", () => {
  const native = class {};
  globalThis.Summarizer = native;

  assert.equal(openPage({ force: false }), false);
  assert.equal(Summarizer, native);
  assert.equal(openPage({ force: true }), true);
  assert.notEqual(Summarizer, native);
});

test("a page that is no secure context gets none", () => {
  globalThis.isSecureContext = false;
  try {
    assert.equal(openPage(), false);
    assert.equal("Summarizer" in globalThis, false);
  } finally {
    globalThis.isSecureContext = true;
  }
});

test("senseless options of installSummarizer are refused", () => {
  assert.throws(() => openPage({ model: 7 }), /URL or the content/);
  assert.throws(() => openPage({ runtime: {} }), /lazyLiteRt/);
  assert.throws(() => openPage({ languages: ["e"] }), RangeError);
  assert.equal("Summarizer" in globalThis, false);
});
