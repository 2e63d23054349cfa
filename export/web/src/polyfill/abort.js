/** Work that ends when one of several signals is aborted. */

/**
 * Runs `work` with a signal that follows all of `signals`, and waits for it no longer than until
 * one of them is aborted.
 *
 * `AbortSignal.any` would do half of it, but browsers have that only since 2024.
 *
 * @template T
 * @param {(AbortSignal | undefined)[]} signals
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>} rejected with the reason of the signal that was aborted.
 */
export async function untilAborted(signals, work) {
  throwIfAborted(signals);
  const controller = new AbortController();
  const listeners = [];
  const aborted = new Promise((_, reject) => {
    for (const signal of signals) {
      if (!signal) continue;
      const listener = () => {
        controller.abort(signal.reason);
        reject(signal.reason);
      };
      signal.addEventListener("abort", listener);
      listeners.push([signal, listener]);
    }
  });
  try {
    return await Promise.race([aborted, work(controller.signal)]);
  } finally {
    for (const [signal, listener] of listeners) signal.removeEventListener("abort", listener);
  }
}

/** Throws the reason of the first that is aborted. */
export function throwIfAborted(signals) {
  for (const signal of signals) signal?.throwIfAborted();
}

/** Lets all run that is due: what the specification does "in parallel" starts after it. */
export function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
