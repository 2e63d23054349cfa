/**
 * The demo page, end to end: Chromium, LiteRT.js, the model that ships with the Python package.
 *
 * SCREENSHOTS=FOLDER keeps pictures of the page there.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import axe from "axe-core";
import { readModel } from "../../bertsum.js";
import { build } from "../../scripts/build.js";
import { serve } from "../../scripts/server.js";
import { withMembers } from "../zip.js";
import { launch, skip } from "./chromium.js";
import {
  missingNews,
  missingPython,
  newsArticles,
  shippedArticles,
  summariesOfPython,
} from "./python.js";

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1440, height: 900 };

// Two cores that others use too.
const PATIENCE = 30_000;

describe("the demo page", { skip }, () => {
  let folder;
  let site;
  let browser;

  before(async () => {
    folder = build(mkdtempSync(join(tmpdir(), "bertsum-demo-")));
    site = await serve(folder, { isolated: false });
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page as a new visitor; it is closed when the test ends. */
  async function open(context, { url = site.url, before: prepare, ...options } = {}) {
    const visitor = await browser.newContext({ viewport: DESK, ...options });
    visitor.setDefaultTimeout(PATIENCE);
    context.after(() => visitor.close());
    const page = await visitor.newPage();
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(error));
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  /** Waits until the model is loaded, and all is kept for offline use. */
  const ready = (page) => page.locator("#offline", { hasText: "ready" }).waitFor();

  async function openReady(context, options) {
    const page = await open(context, options);
    await ready(page);
    return page;
  }

  const paste = (page, text) =>
    page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      document.body.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
      );
    }, text);

  const drop = (page, { name, type, content }) =>
    page.evaluate(
      ({ name, type, content }) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(content)], name, { type }));
        for (const event of ["dragenter", "dragover", "drop"]) {
          document.body.dispatchEvent(
            new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }),
          );
        }
      },
      { name, type, content: [...content] },
    );

  const summaryOf = async (page, text) => {
    await paste(page, text);
    await page.waitForFunction((text) => document.querySelector("#sentences").textContent === text, text);
    return page.locator("#chosen").textContent();
  };

  const alertOf = (page) => page.getByRole("alert").locator("p").textContent();

  /** Which tasks the page gives its worker from now on. */
  async function tasksOf(page) {
    await page.evaluate(() => {
      window.tasks = [];
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message, ...more) {
        window.tasks.push(message.task);
        return postMessage.call(this, message, ...more);
      };
    });
    return () => page.evaluate(() => window.tasks);
  }

  /** Sets the slider as a hand would: by steps of its own. */
  async function slide(page, steps) {
    await page.getByRole("slider", { name: "Length" }).focus();
    for (let step = 0; step < Math.abs(steps); step++) {
      await page.keyboard.press(steps > 0 ? "ArrowRight" : "ArrowLeft");
    }
  }

  async function picture(page, name, options) {
    const path = join(process.env.SCREENSHOTS ?? folder, `${name}.png`);
    await page.screenshot({ path, ...options });
  }

  const articles = shippedArticles().filter(({ split }) => split === "test").map(({ document }) => document);
  const [first, second] = articles;

  for (const isolated of [false, true]) {
    const kind = isolated ? "with threads" : "with one thread";
    test(`the summary is the one of bertsum summarize, ${kind}`, { timeout: 300_000 }, async (context) => {
      const missing = missingPython();
      if (missing) return context.skip(missing);
      const other = await serve(folder, { isolated });
      context.after(() => other.close());
      const page = await openReady(context, { url: other.url });
      const texts = articles.slice(0, 3);
      if (missingNews) context.diagnostic(missingNews);
      else texts.push(...newsArticles());

      const expected = summariesOfPython(texts);

      for (const [index, text] of texts.entries()) {
        assert.equal(await summaryOf(page, text), expected[index].summary);
        assert.deepEqual(
          await page.locator("#sentences mark").allTextContents(),
          expected[index].sentences.filter(({ selected }) => selected).map((sentence) => sentence.text),
        );
      }
      const wasm = other.requests.filter(({ path }) => path.endsWith(".wasm")).map(({ path }) => path);
      const name = isolated ? "litert_wasm_threaded_internal.wasm" : "litert_wasm_internal.wasm";
      assert.deepEqual(wasm, [`/litert/wasm/${name}`]);
      assert.deepEqual(page.errors, []);
    });
  }

  test("nothing leaves the page, and nothing is fetched for a summary", async (context) => {
    const requests = [];
    const other = await serve(folder, { isolated: false });
    const elsewhere = await serve(folder);
    context.after(() => Promise.all([other.close(), elsewhere.close()]));
    const page = await open(context, {
      url: other.url,
      before: (page) => page.context().on("request", (request) => requests.push(request)),
    });
    await ready(page);
    const loaded = other.requests.length;

    await summaryOf(page, first);
    await slide(page, 3);
    await summaryOf(page, second);
    await page.getByRole("button", { name: "New text" }).click();

    assert.equal(other.requests.length, loaded);
    assert.ok(loaded > 10);
    for (const { method, bytes } of other.requests) {
      assert.equal(method, "GET");
      assert.equal(bytes, 0);
    }
    for (const request of requests) {
      assert.ok(request.url().replace(/^blob:/, "").startsWith(other.url), request.url());
      assert.equal(request.postData(), null);
    }
    // And could not: neither from the page nor from its worker, which has LiteRT.js in it.
    const [worker] = page.workers();
    for (const place of [page, worker]) {
      const refused = await place.evaluate(
        (url) => fetch(url, { method: "POST", body: "text", mode: "no-cors" }).then(() => false, () => true),
        elsewhere.url,
      );
      assert.ok(refused);
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  test("the model is fetched once, on the first visit", async (context) => {
    const other = await serve(folder, { isolated: false });
    context.after(() => other.close());
    const page = await openReady(context, { url: other.url });
    await page.reload();
    await ready(page);

    const large = other.requests.filter(({ path }) => /\.(tflite|wasm)$/.test(path));

    assert.deepEqual(large.map(({ path }) => path).sort(), [
      "/litert/wasm/litert_wasm_internal.wasm",
      "/model.tflite",
    ]);
  });

  test("it works offline after the first visit", async (context) => {
    const other = await serve(folder, { isolated: false });
    const page = await openReady(context, { url: other.url });
    const online = await summaryOf(page, first);

    await other.close();
    await page.context().setOffline(true);
    await page.reload();
    await ready(page);

    assert.equal(await summaryOf(page, first), online);
    await page.getByRole("button", { name: "New text" }).click();
    await page.getByRole("button", { name: "Try a sample" }).click();
    await page.getByText("3 of 20 sentences", { exact: true }).waitFor();
  });

  /** A copy of the page's folder that `deploy` changes, and its server. */
  async function changingSite(context) {
    const changing = mkdtempSync(join(tmpdir(), "bertsum-demo-"));
    cpSync(folder, changing, { recursive: true });
    const other = await serve(changing, { isolated: false });
    context.after(() => other.close().then(() => rmSync(changing, { recursive: true })));
    const deploy = (path, change) => {
      const content = change(readFileSync(join(changing, path)));
      writeFileSync(join(changing, path), content);
      const list = join(changing, "files.js");
      const { FILES } = runInNewContext(`${readFileSync(list, "utf8")}; self`, { self: {} });
      FILES[path] = createHash("sha256").update(content).digest("hex");
      writeFileSync(list, `self.FILES = ${JSON.stringify(FILES)};\n`);
      other.requests.length = 0;
    };
    return { other, deploy };
  }

  const newHeading = (html) => String(html).replace("Summarise an article</h1>", "New</h1>");

  /** Lets the service worker look for a new deployment, and waits until all of it is fetched. */
  const update = (page) =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      const found = registration.installing ?? registration.waiting ?? registration.active;
      while (!["installed", "activated"].includes(found.state)) {
        await new Promise((done) => found.addEventListener("statechange", done, { once: true }));
      }
    });

  /** Leaves the page, and visits it again until it is the new one. */
  async function visitNew(page, url) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
      await page.goto("about:blank");
      await page.goto(url);
      if ((await page.locator("h1").textContent()) === "New") return;
    }
    assert.fail("The new deployment is never shown.");
  }

  test("a new deployment replaces the old one, and only what changed is fetched", async (context) => {
    const { other, deploy } = await changingSite(context);
    const page = await openReady(context, { url: other.url });
    deploy("index.html", newHeading);

    await update(page);
    await visitNew(page, other.url);

    const fetched = new Set(other.requests.map(({ path }) => path));
    assert.deepEqual([...fetched].sort(), ["/files.js", "/index.html", "/sw.js"]);
    const kept = await page.evaluate(async () => {
      const [name] = await caches.keys();
      return (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
    });
    assert.equal(new Set(kept).size, kept.length);
  });

  test("an open page keeps the files it began with", async (context) => {
    const { other, deploy } = await changingSite(context);
    const page = await openReady(context, { url: other.url });
    deploy("sample.txt", () => "This is of another deployment. The page is not.");

    await update(page);
    // A second, in which one that does not wait would take over.
    await page.evaluate(
      () =>
        new Promise((done) => {
          navigator.serviceWorker.addEventListener("controllerchange", done);
          setTimeout(done, 1000);
        }),
    );
    const sample = await page.evaluate(() => fetch("sample.txt").then((response) => response.text()));

    assert.doesNotMatch(sample, /another deployment/);
  });

  test("after a new deployment with a new model it works offline, too", async (context) => {
    const { other, deploy } = await changingSite(context);
    const page = await openReady(context, { url: other.url });
    deploy("model.tflite", (model) => {
      const limits = { ...readModel(model).limits, num_sentences: 2 };
      return withMembers(model, { "limits.json": JSON.stringify(limits) });
    });
    deploy("index.html", newHeading);

    await update(page);
    await page.goto("about:blank");
    await page.context().setOffline(true);
    await visitNew(page, other.url);
    await ready(page);

    await summaryOf(page, first);
    await page.getByText("2 of 16 sentences", { exact: true }).waitFor();
  });

  test("the slider chooses anew without running the model", async (context) => {
    const page = await openReady(context);
    await summaryOf(page, first);
    const scoring = await page.locator("#scoring").textContent();
    const tasks = await tasksOf(page);

    await slide(page, 2);
    await page.getByText("5 of 16 sentences", { exact: true }).waitFor();
    assert.equal(await page.locator("#sentences mark").count(), 5);
    await slide(page, -4);
    await page.getByText("1 of 16 sentences", { exact: true }).waitFor();

    assert.equal(await page.locator("#sentences mark").count(), 1);
    const marked = await page.locator("#sentences mark").textContent();
    assert.equal(await page.locator("#chosen").textContent(), marked);
    assert.equal(await page.locator("#rows").getByText("yes", { exact: true }).count(), 1);
    assert.deepEqual([...new Set(await tasks())], ["choose"]);
    assert.equal(await page.locator("#scoring").textContent(), scoring);
    assert.equal(await page.locator("#sentences").textContent(), first);
  });

  test("a dropped file is summarised, in UTF-8 or UTF-16", async (context) => {
    const page = await openReady(context);
    for (const content of [Buffer.from(first), Buffer.from(`\ufeff${second}`, "utf16le")]) {
      await drop(page, { name: "article.txt", type: "text/plain", content });
      const text = content.length === Buffer.byteLength(first) ? first : second;
      await page.waitForFunction((text) => document.querySelector("#sentences").textContent === text, text);
    }
    assert.equal(await page.locator("#drop").isVisible(), false);
  });

  test("an opened file is summarised", async (context) => {
    const page = await openReady(context);
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Open a file" }).click();
    await (await chooser).setFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from(first) });

    await page.waitForFunction((text) => document.querySelector("#sentences").textContent === text, first);
  });

  test("what can't be summarised is said in one sentence, and the text stays", async (context) => {
    const page = await openReady(context);
    await page.getByRole("button", { name: "Summarise" }).click();
    assert.match(await alertOf(page), /^There is no text yet: paste an article/);
    await page.getByRole("textbox", { name: "Article" }).fill("  \n ");
    await page.getByRole("button", { name: "Summarise" }).click();
    assert.match(await alertOf(page), /^There is no text yet/);

    await page.getByRole("textbox", { name: "Article" }).fill("Keep me.");
    const bad = {
      "photo.jpg": [Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /^photo\.jpg is not a text file: save it/],
      "zeros.txt": [Buffer.from("abc\0def"), /^zeros\.txt is not a text file/],
      "book.txt": [Buffer.alloc(1_000_001, "a"), /^book\.txt is larger than 1 MB, the most/],
    };
    for (const [name, [content, message]] of Object.entries(bad)) {
      await drop(page, { name, type: "", content });
      await page.getByText(message).waitFor();
      assert.equal(await page.getByRole("textbox", { name: "Article" }).inputValue(), "Keep me.");
    }
    await paste(page, "Word. ".repeat(200_000));
    await page.getByText(/^The text is larger than 1 MB/).waitFor();
    assert.deepEqual(page.errors, []);
  });

  test("a text of separators alone is no text", async (context) => {
    const page = await openReady(context);

    await paste(page, "\u0085 \u001c");

    assert.match(await alertOf(page), /^There is no text yet/);
    assert.equal(await page.locator("#result").isVisible(), false);
  });

  test("a text of one sentence is its own summary", async (context) => {
    const page = await openReady(context);

    assert.equal(await summaryOf(page, "The bridge is open again."), "The bridge is open again.");
    await page.getByText("1 of 1 sentence", { exact: true }).waitFor();
    await page.getByText("The text is a single sentence: there is nothing to leave out.").waitFor();
    assert.ok(await page.getByRole("slider").isDisabled());
    // The next text has a slider again, where it was.
    await summaryOf(page, first);
    assert.ok(await page.getByRole("slider").isEnabled());
    assert.equal(await page.getByRole("slider").inputValue(), "3");
  });

  test("markup in a text stays text", async (context) => {
    const page = await openReady(context);
    const text = 'He said <img src=x onerror="alert(1)"> twice. <b>Bold</b> moves &amp; more were made.';

    await summaryOf(page, text);

    assert.equal(await page.locator("#sentences img, #sentences b").count(), 0);
  });

  test("the summary is copied", async (context) => {
    const page = await openReady(context, { permissions: ["clipboard-read", "clipboard-write"] });
    const summary = await summaryOf(page, first);

    await page.getByRole("button", { name: "Copy summary" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();

    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), summary);
  });

  test("where the browser forbids copying, the summary is selected", async (context) => {
    const page = await openReady(context, {
      before: (page) =>
        page.addInitScript(() => {
          navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
        }),
    });
    const summary = await summaryOf(page, first);

    await page.getByRole("button", { name: "Copy summary" }).click();
    await page.getByRole("button", { name: "Selected: copy it" }).waitFor();

    assert.equal(await page.evaluate(() => String(getSelection())), summary);
  });

  test("all of it works by keyboard", async (context) => {
    const page = await openReady(context);
    const focused = () => page.evaluate(() => document.activeElement.id);
    const tabTo = async (id) => {
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press("Tab");
        if ((await focused()) === id) return;
      }
      assert.fail(`Tab never comes to ${id}`);
    };

    await tabTo("text");
    await page.keyboard.insertText(first);
    await page.keyboard.press("Control+Enter");
    await page.locator("#chosen").waitFor();
    assert.equal(await focused(), "summary-title");
    await tabTo("length");
    await page.keyboard.press("ArrowRight");
    await page.getByText("4 of 16 sentences", { exact: true }).waitFor();
    assert.equal(await page.getByRole("slider").getAttribute("aria-valuetext"), "4 of 16 sentences");
    await tabTo("copy");
    await tabTo("edit");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "text");
    assert.equal(await page.getByRole("textbox", { name: "Article" }).inputValue(), first);
    await tabTo("sample");
    await page.keyboard.press("Space");
    await page.getByText("4 of 20 sentences", { exact: true }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "length");
    // The table of scores, for those who don't see shades; its links lead to the sentences.
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.match(new URL(page.url()).hash, /^#sentence-\d+$/);
  });

  test("the newest text wins, and a long one can be stopped", async (context) => {
    const page = await openReady(context);
    const long = `${articles.join("\n\n")}\n\n`.repeat(8);

    await paste(page, long);
    await page.getByText("Scoring the sentences").waitFor();
    assert.equal(await summaryOf(page, first).then(() => page.locator("#sentences").textContent()), first);
    await page.getByRole("progressbar").waitFor({ state: "hidden" });

    await paste(page, long);
    await page.getByRole("button", { name: "Stop" }).click();
    assert.equal(await page.getByRole("textbox", { name: "Article" }).inputValue(), long);
    await page.getByRole("progressbar").waitFor({ state: "hidden" });
    assert.equal(await page.getByRole("alert").isVisible(), false);
  });

  test("without WebAssembly, the page says what to do", async (context) => {
    const page = await open(context, {
      before: (page) => page.addInitScript(() => delete globalThis.WebAssembly),
    });

    assert.match(await alertOf(page), /^This browser has no WebAssembly, .*: switch it on, or take/);
    assert.equal(await page.getByRole("button", { name: "Try again" }).isVisible(), false);
  });

  for (const missing of ["model.tflite", "litert/wasm/litert_wasm_internal.wasm", "worker.js"]) {
    test(`if ${missing} can't be loaded, trying again can`, async (context) => {
      // No service worker: it would fetch the file behind the back of the test.
      const page = await open(context, {
        serviceWorkers: "block",
        before: (page) => page.context().route(`**/${missing}`, (route) => route.fulfill({ status: 503 })),
      });
      await page.getByRole("textbox", { name: "Article" }).fill(first);
      const message = page.getByText(/^The model could not be loaded \(.+\): check the connection/);
      await message.waitFor();
      await page.getByRole("button", { name: "Summarise" }).click();
      await message.waitFor();
      assert.equal(await page.getByRole("textbox", { name: "Article" }).inputValue(), first);

      await page.context().unroute(`**/${missing}`);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator("#size", { hasText: "MB" }).waitFor();
      await page.getByRole("button", { name: "Summarise" }).click();
      await page.getByText("3 of 16 sentences", { exact: true }).waitFor();
    });
  }

  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
      test(`axe finds nothing wrong, ${colorScheme}, on a ${size}`, async (context) => {
        const page = await openReady(context, { colorScheme, viewport });
        const violations = async () => {
          await page.evaluate(axe.source);
          const { violations, passes } = await page.evaluate(() => window.axe.run());
          assert.ok(passes.length > 10);
          return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.failureSummary)]);
        };

        assert.deepEqual(await violations(), []);
        await picture(page, `${size}-${colorScheme}-empty`);
        await page.getByRole("button", { name: "Summarise" }).click();
        assert.deepEqual(await violations(), []);
        await picture(page, `${size}-${colorScheme}-alert`);
        await page.getByRole("button", { name: "Try a sample" }).click();
        await page.getByText("3 of 20 sentences", { exact: true }).waitFor();
        await picture(page, `${size}-${colorScheme}`);
        await page.getByText("Scores, best first").click();
        assert.deepEqual(await violations(), []);
        await picture(page, `${size}-${colorScheme}-scores`, { fullPage: true });
      });
    }
  }

  test("there is nothing to scroll sideways, down to 320 pixels", async (context) => {
    const page = await openReady(context, { viewport: { width: 320, height: 640 } });
    const excess = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

    assert.equal(await excess(), 0);
    await summaryOf(page, `${"Donaudampfschifffahrt".repeat(20)} is a word. ${first}`);
    await page.getByText("Scores, best first").click();
    assert.equal(await excess(), 0);
    await picture(page, "tiny", { fullPage: true });
  });
});
