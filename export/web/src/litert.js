/**
 * LiteRT.js (`@litertjs/core`) as the runtime of a summarizer.
 *
 * @param {object} compiled what `loadAndCompile(bytes, {accelerator: "wasm"})` gave.
 * @param {new (data: Int32Array, shape: number[]) => object} Tensor LiteRT.js's class of that name.
 * @returns {import("../bertsum.js").Runtime}
 */
export function liteRtRuntime(compiled, Tensor) {
  return {
    async run(signature, { token_ids, shape }) {
      // LiteRT.js frees nothing by itself: tensors live in WebAssembly's memory.
      const input = new Tensor(token_ids, shape);
      try {
        const { scores } = await compiled.run(signature, { token_ids: input });
        try {
          return Float32Array.from(scores.toTypedArray());
        } finally {
          scores.delete();
        }
      } finally {
        input.delete();
      }
    },
  };
}

/**
 * LiteRT.js for `installSummarizer`, loaded when the first model is to be run.
 *
 * @param {() => Promise<any>} importLiteRt `() => import("@litertjs/core")`.
 * @param {string} wasm the folder with its WebAssembly files.
 * @returns {(model: import("../bertsum.js").Model) => Promise<import("../bertsum.js").Runtime>}
 */
export function lazyLiteRt(importLiteRt, wasm) {
  return async ({ flatbuffer }) => {
    const { getGlobalLiteRtPromise, loadAndCompile, loadLiteRt, Tensor } = await importLiteRt();
    // The page may have loaded it for another model: it can't be loaded twice.
    await (getGlobalLiteRtPromise() ?? loadLiteRt(wasm));
    return liteRtRuntime(await loadAndCompile(flatbuffer, { accelerator: "wasm" }), Tensor);
  };
}
