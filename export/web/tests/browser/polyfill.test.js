/** `Summarizer` in Chromium, with the bundled model and LiteRT.js. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { bundledFile } from "../../scripts/bundled-model.js";
import { launch, skip } from "./chromium.js";

const ROOT = new URL("../../", import.meta.url);
const MODEL = bundledFile();
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

const PAGE = `<!doctype html><title>Polyfill</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {
  "@litertjs/core": "/node_modules/@litertjs/core/dist/index.js",
  "@litertjs/wasm-utils": "/node_modules/@litertjs/wasm-utils/dist/index.js"
}}</script>
<script type="module">
  import { installSummarizer, lazyLiteRt } from "/polyfill.js";
  const runtime = lazyLiteRt(
    () => import("@litertjs/core"), "/node_modules/@litertjs/core/wasm/");
  const force = !location.search.includes("polite");
  window.installed = installSummarizer({ model: "/model.tflite", runtime, force });
</script>`;

const ARTICLE =
  "The old harbour bridge reopened on Monday after two years of repairs that cost the city nine " +
  "million pounds. Hundreds of people walked across it before the first cars were let through. " +
  "The mayor thanked the engineers, who had replaced every cable by hand. " +
  "It rained for most of the morning. " +
  "Shopkeepers on the north bank said they had lost half of their customers while it was shut. " +
  "A ferry that carried people in the meantime will stop at the end of the month. " +
  "Its captain said he would miss the view.";

/** The block of code in a README that has `word` in it. */
const example = (readme, word) =>
  readFileSync(new URL(readme, ROOT), "utf8")
    .split(/^```.*$/m)
    .find((part, index) => index % 2 && part.includes(word));

const ELEMENTS = `<!doctype html><article>${ARTICLE}</article><p id="summary"></p>`;
const KIT_EXAMPLE = example("README.md", "installSummarizer");

/** Pages made of the examples in the READMEs. */
const EXAMPLES = {
  "/of-the-kit": ELEMENTS + KIT_EXAMPLE,
  "/of-the-project": `${ELEMENTS}${KIT_EXAMPLE.split("</script>")[0]}</script>
    <script type="module">
      const article = document.querySelector("article").innerText;
      ${example("../../README.md", "installSummarizer")}
    </script>`,
};

/** What the server was asked for, and whether it has the model. */
const asked = [];
let hasModel = true;

const server = createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  asked.push(pathname);
  try {
    if (pathname === "/") {
      response.setHeader("content-type", "text/html").end(PAGE);
    } else if (pathname in EXAMPLES) {
      response.setHeader("content-type", "text/html").end(EXAMPLES[pathname]);
    } else if (pathname === "/model.tflite" || pathname === "/news.tflite") {
      if (!hasModel) throw new Error("There is no network.");
      response.setHeader("content-length", MODEL.length).end(MODEL);
    } else {
      const content = await readFile(new URL(`.${pathname.replace(/^\/bertsum\//, "/")}`, ROOT));
      response.setHeader("content-type", TYPES[extname(pathname)] ?? "text/plain").end(content);
    }
  } catch {
    response.writeHead(404).end();
  }
});

// The interface as the specification's IDL has it: the least number of arguments of each operation.
const IDL = {
  static: { create: 0, availability: 0 },
  operations: { summarize: 1, summarizeStreaming: 1, measureInputUsage: 1, destroy: 0 },
  attributes: [
    "sharedContext",
    "type",
    "format",
    "length",
    "expectedInputLanguages",
    "expectedContextLanguages",
    "outputLanguage",
    "inputQuota",
  ],
};

describe("Summarizer in Chromium", { skip }, () => {
  let browser;
  let page;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  beforeEach(async () => {
    hasModel = true;
    const context = await browser.newContext();
    page = await context.newPage();
    await visit();
  });

  async function visit(search = "") {
    asked.length = 0;
    await page.goto(`http://127.0.0.1:${server.address().port}/${search}`);
    await page.waitForFunction("'installed' in window");
  }

  test("the interface has what the IDL has, and nothing else", async () => {
    const shape = await page.evaluate(() => {
      const members = (object) =>
        Object.fromEntries(
          Reflect.ownKeys(object).map((name) => {
            const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, name);
            const kind = typeof (get ?? value);
            return [
              String(name),
              {
                ...flags,
                kind: get ? "attribute" : kind,
                ...(kind === "function" && { length: (get ?? value).length }),
                ...(kind === "function" && { name: (get ?? value).name }),
                ...(get && { hasSetter: Boolean(set) }),
              },
            ];
          }),
        );
      const { value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, "Summarizer");
      return {
        global: flags,
        static: members(Summarizer),
        prototype: members(Summarizer.prototype),
        parent: Object.getPrototypeOf(Summarizer.prototype) === Object.prototype,
        tag: Summarizer.prototype[Symbol.toStringTag],
      };
    });

    const operation = ([name, length]) => [
      name,
      { writable: true, enumerable: true, configurable: true, kind: "function", length, name },
    ];
    const hidden = { writable: false, enumerable: false, configurable: true };
    assert.deepEqual(shape, {
      global: { writable: true, enumerable: false, configurable: true },
      static: {
        length: { ...hidden, kind: "number" },
        name: { ...hidden, kind: "string" },
        prototype: { ...hidden, configurable: false, kind: "object" },
        ...Object.fromEntries(Object.entries(IDL.static).map(operation)),
      },
      prototype: {
        constructor: { ...hidden, writable: true, kind: "function", length: 0, name: "Summarizer" },
        "Symbol(Symbol.toStringTag)": { ...hidden, kind: "string" },
        ...Object.fromEntries(Object.entries(IDL.operations).map(operation)),
        ...Object.fromEntries(
          IDL.attributes.map((name) => [
            name,
            {
              enumerable: true,
              configurable: true,
              kind: "attribute",
              length: 0,
              name: `get ${name}`,
              hasSetter: false,
            },
          ]),
        ),
      },
      parent: true,
      tag: "Summarizer",
    });
  });

  test("calls without an object of the interface are refused as Web IDL says", async () => {
    const outcomes = await page.evaluate(async () => {
      const { prototype } = Summarizer;
      const get = (name) => Object.getOwnPropertyDescriptor(prototype, name).get;
      const calls = {
        "new Summarizer": () => new Summarizer(),
        Summarizer: () => Summarizer(),
        "new CreateMonitor": () => new CreateMonitor(),
        summarize: () => prototype.summarize.call({}, "text"),
        "summarize without a text": async () => (await Summarizer.create()).summarize(),
        measureInputUsage: () => prototype.measureInputUsage.call({}, "text"),
        summarizeStreaming: () => prototype.summarizeStreaming.call({}, "text"),
        destroy: () => prototype.destroy.call({}),
        type: () => get("type").call({}),
        inputQuota: () => get("inputQuota").call(prototype),
      };
      const outcomes = {};
      for (const [name, call] of Object.entries(calls)) {
        let how = "throws";
        try {
          const promise = call();
          how = "rejects with";
          await promise;
          outcomes[name] = "is served";
        } catch (error) {
          outcomes[name] = `${how} ${error.name}`;
        }
      }
      return outcomes;
    });

    assert.deepEqual(outcomes, {
      "new Summarizer": "throws TypeError",
      Summarizer: "throws TypeError",
      "new CreateMonitor": "throws TypeError",
      summarize: "rejects with TypeError",
      "summarize without a text": "rejects with TypeError",
      measureInputUsage: "rejects with TypeError",
      summarizeStreaming: "throws TypeError",
      destroy: "throws TypeError",
      type: "throws TypeError",
      inputQuota: "throws TypeError",
    });
  });

  test("attributes have the types of the IDL", async () => {
    const [plain, full] = await page.evaluate(async () => {
      const options = {
        type: "tldr",
        format: "plain-text",
        length: "long",
        sharedContext: "For children.",
        expectedInputLanguages: ["EN", "en-GB"],
        expectedContextLanguages: new Set(["en"]),
        outputLanguage: "en-US",
      };
      const full = await Summarizer.create(options);
      const { expectedInputLanguages: languages } = full;
      const isConstant = languages === full.expectedInputLanguages && Object.isFrozen(languages);
      const attributes = (object) => {
        const entries = [];
        for (const name in object) {
          if (typeof object[name] !== "function") entries.push([name, object[name]]);
        }
        return Object.fromEntries(entries);
      };
      return [attributes(await Summarizer.create()), { ...attributes(full), isConstant }];
    });

    assert.deepEqual(plain, {
      sharedContext: "",
      type: "key-points",
      format: "markdown",
      length: "short",
      expectedInputLanguages: null,
      expectedContextLanguages: null,
      outputLanguage: null,
      inputQuota: Number.MAX_SAFE_INTEGER,
    });
    assert.deepEqual(full, {
      sharedContext: "For children.",
      type: "tldr",
      format: "plain-text",
      length: "long",
      expectedInputLanguages: ["en"],
      expectedContextLanguages: ["en"],
      outputLanguage: "en",
      inputQuota: Number.MAX_SAFE_INTEGER,
      isConstant: true,
    });
  });

  test("an article is summarised, and the second visit needs no network", async () => {
    const article = () => page.evaluate(async (text) => {
      const before = await Summarizer.availability();
      const loaded = [];
      const summarizer = await Summarizer.create({
        type: "tldr",
        length: "medium",
        format: "plain-text",
        monitor(monitor) {
          monitor.ondownloadprogress = (event) => {
            if (event instanceof ProgressEvent && event.isTrusted === false) loaded.push(event.loaded);
          };
        },
      });
      const pieces = [];
      const reader = summarizer.summarizeStreaming(text).getReader();
      for (let step; !(step = await reader.read()).done; ) pieces.push(step.value);
      const summary = await summarizer.summarize(text);
      return { before, loaded, pieces, summary, after: await Summarizer.availability() };
    }, ARTICLE);

    assert.ok(!asked.some((path) => path.startsWith("/node_modules/")), `${asked}`);
    const first = await article();
    assert.ok(asked.includes("/model.tflite"));
    hasModel = false;
    await visit();
    const second = await article();

    assert.equal(first.before, "downloadable");
    assert.equal(first.after, "available");
    assert.equal(first.loaded[0], 0);
    assert.equal(first.loaded.at(-1), 1);
    assert.equal(first.pieces.length, 3);
    assert.equal(first.pieces.join(""), first.summary);
    // What the model is for: the news is in it, the weather is not.
    assert.match(first.summary, /^The old harbour bridge reopened on Monday/);
    assert.doesNotMatch(first.summary, /rained/);

    assert.equal(second.before, "available");
    assert.deepEqual(second.loaded, [0, 1]);
    assert.equal(second.summary, first.summary);
    assert.ok(!asked.includes("/model.tflite"));
  });

  test("a download can be given up, and what is under way be stopped", async () => {
    const outcomes = await page.evaluate(async (text) => {
      const reasonOf = (promise) => promise.then(() => "served", (error) => error.message ?? error);
      const first = new AbortController();
      const creation = Summarizer.create({
        signal: first.signal,
        monitor: (monitor) =>
          monitor.addEventListener("downloadprogress", () => first.abort("not now"), { once: true }),
      });
      const given = await reasonOf(creation);
      const summarizer = await Summarizer.create();
      const controller = new AbortController();
      const { signal } = controller;
      const summary = reasonOf(summarizer.summarize(text, { signal }));
      const stream = summarizer.summarizeStreaming(text, { signal });
      const piped = reasonOf(stream.pipeTo(new WritableStream()));
      controller.abort("enough");
      const together = await Promise.all([
        reasonOf(summarizer.summarize(text)),
        reasonOf(summarizer.summarize(text.slice(0, 200))),
      ]);
      return { given, summary: await summary, piped: await piped, together };
    }, ARTICLE);

    assert.deepEqual(outcomes, {
      given: "not now",
      summary: "enough",
      piped: "enough",
      together: ["served", "served"],
    });
  });

  test("the examples in the READMEs work as they stand there", async () => {
    const { origin } = new URL(page.url());
    await page.goto(`${origin}/of-the-kit`);
    const summary = await page.locator("#summary", { hasText: "." }).textContent();
    assert.ok(ARTICLE.includes(summary), summary);

    const told = page.waitForEvent("console", (message) => message.text().startsWith("- "));
    await page.goto(`${origin}/of-the-project`);
    assert.match((await told).text(), /^- .+\n- .+\n- .+$/);
  });

  test("a Summarizer that is there is left alone", async () => {
    await page.addInitScript(() => {
      globalThis.Summarizer = class Summarizer {
        static isNative = true;
      };
    });
    await visit("?polite");

    assert.deepEqual(
      await page.evaluate(() => [window.installed, Summarizer.isNative]),
      [false, true],
    );
  });
});
