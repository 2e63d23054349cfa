/** A page in TypeScript: has to compile as it is. */

import { createSummarizer, readModel } from "../../bertsum.js";
import { installSummarizer, lazyLiteRt } from "../../polyfill.js";

const runtime = lazyLiteRt(async () => ({}), "/litert/wasm/");
const installed: boolean = installSummarizer({ model: "/model.tflite", runtime, force: true });
installSummarizer({ model: new Uint8Array(), runtime, languages: ["en"] });

const summarizer: Summarizer = await Summarizer.create({
  type: "key-points",
  length: "medium",
  expectedInputLanguages: ["en"],
  signal: AbortSignal.timeout(1000),
  monitor(monitor) {
    monitor.addEventListener("downloadprogress", ({ loaded }) => loaded.toFixed());
  },
});
const summary: string = await summarizer.summarize("Text.", { context: "" });
for await (const piece of summarizer.summarizeStreaming("Text.")) piece.trim();
const languages: readonly string[] | null = summarizer.expectedInputLanguages;

// @ts-expect-error there is no such type.
await Summarizer.availability({ type: "tl;dr" });
// @ts-expect-error attributes are read-only.
summarizer.type = "headline";
// @ts-expect-error it is made by create().
new Summarizer();

const core = createSummarizer({ model: readModel(new ArrayBuffer(8)), runtime: { run: () => [0] } });
await core.summarize("Text.", { sentences: 1 });

export { installed, languages, summary };
