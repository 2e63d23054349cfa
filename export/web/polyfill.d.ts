/** `Summarizer` for browsers that have none, on a model of bertsum. */

import type { Model, Runtime } from "./bertsum.js";

export interface InstallOptions {
  /** Where the `.tflite` file is, or its content. A URL's file is kept in Cache Storage for good. */
  model: string | URL | ArrayBuffer | Uint8Array;
  /** Makes what runs the model, at the first `create()`: `lazyLiteRt(...)`, or your own. */
  runtime: (model: Model) => Runtime | Promise<Runtime>;
  /** BCP 47 tags of the languages that the model was trained on; by default `["en"]`. */
  languages?: readonly string[];
  /** Replaces a `Summarizer` that is there; by default false. */
  force?: boolean;
}

/**
 * Defines `Summarizer` where there is none. Nothing is loaded before `Summarizer.create()`.
 *
 * @returns whether it was installed: not if there is one already, and not on a page that is no
 *   secure context (neither https nor localhost).
 */
export function installSummarizer(options: InstallOptions): boolean;

/**
 * LiteRT.js for `installSummarizer`, loaded when the model is to be run.
 *
 * @param importLiteRt `() => import("@litertjs/core")`.
 * @param wasm the folder with its WebAssembly files.
 */
export function lazyLiteRt(
  importLiteRt: () => Promise<any>,
  wasm: string,
): (model: Model) => Promise<Runtime>;

declare global {
  type Availability = "unavailable" | "downloadable" | "downloading" | "available";
  type SummarizerType = "tldr" | "teaser" | "key-points" | "headline";
  type SummarizerFormat = "plain-text" | "markdown";
  type SummarizerLength = "short" | "medium" | "long";

  /** Tells how much of a model is downloaded. */
  interface CreateMonitor extends EventTarget {
    ondownloadprogress: ((this: CreateMonitor, event: ProgressEvent) => unknown) | null;
    addEventListener(
      type: "downloadprogress",
      listener: (this: CreateMonitor, event: ProgressEvent) => unknown,
      options?: boolean | AddEventListenerOptions,
    ): void;
    addEventListener(
      type: string,
      listener: EventListenerOrEventListenerObject | null,
      options?: boolean | AddEventListenerOptions,
    ): void;
  }

  interface SummarizerCreateCoreOptions {
    type?: SummarizerType;
    format?: SummarizerFormat;
    length?: SummarizerLength;
    preference?: "auto" | "speed" | "capability";
    expectedInputLanguages?: Iterable<string>;
    expectedContextLanguages?: Iterable<string>;
    outputLanguage?: string;
  }

  interface SummarizerCreateOptions extends SummarizerCreateCoreOptions {
    signal?: AbortSignal;
    monitor?: (monitor: CreateMonitor) => void;
    /** Not supported: `summarize` refuses to work with one. */
    sharedContext?: string;
  }

  interface SummarizerSummarizeOptions {
    signal?: AbortSignal;
    /** Not supported: refused. */
    context?: string;
  }

  /** Summarizes texts: https://webmachinelearning.github.io/writing-assistance-apis/ */
  interface Summarizer {
    summarize(input: string, options?: SummarizerSummarizeOptions): Promise<string>;
    summarizeStreaming(
      input: string,
      options?: SummarizerSummarizeOptions,
    ): ReadableStream<string>;
    measureInputUsage(input: string, options?: SummarizerSummarizeOptions): Promise<number>;
    destroy(): void;
    readonly sharedContext: string;
    readonly type: SummarizerType;
    readonly format: SummarizerFormat;
    readonly length: SummarizerLength;
    readonly expectedInputLanguages: readonly string[] | null;
    readonly expectedContextLanguages: readonly string[] | null;
    readonly outputLanguage: string | null;
    readonly inputQuota: number;
  }

  var Summarizer: {
    readonly prototype: Summarizer;
    create(options?: SummarizerCreateOptions): Promise<Summarizer>;
    availability(options?: SummarizerCreateCoreOptions): Promise<Availability>;
  };

  var CreateMonitor: { readonly prototype: CreateMonitor };
}
