/** `for await` over a stream, which Safari lacks. */

/**
 * Lets this one stream be iterated where the browser's own streams can't.
 *
 * @param {ReadableStream<string>} stream
 */
export function asyncIterable(stream) {
  if (Symbol.asyncIterator in stream) return stream;
  return Object.defineProperty(stream, Symbol.asyncIterator, { value: iterate });
}

/** @this {ReadableStream<string>} */
async function* iterate() {
  const reader = this.getReader();
  try {
    for (let step; !(step = await reader.read()).done; ) yield step.value;
  } finally {
    // Who leaves the loop early needs no more; what ended or failed has no more.
    reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
