/** The page's end of the service worker, sw.js. Without one all works, but not offline. */

const PATIENCE = 5000;

/**
 * Registers the service worker. On the first visit it waits until it sees what the page fetches,
 * so that it can keep the model as it comes: fetching it twice would be 19 MB for nothing.
 */
export async function startServiceWorker() {
  const workers = navigator.serviceWorker; // missing without https, and in some private windows
  if (!workers) return;
  try {
    const registration = await workers.register("sw.js", { updateViaCache: "none" });
    // With an active one, but none in control, the visitor has asked to pass it by (Shift+Reload).
    if (workers.controller || registration.active) return;
    await Promise.race([
      new Promise((resolve) => workers.addEventListener("controllerchange", resolve, { once: true })),
      new Promise((resolve) => setTimeout(resolve, PATIENCE)),
    ]);
  } catch {
    // Not offline, then.
  }
}

/** Whether the page would work offline now. Ask when the model is loaded. */
export async function worksOffline() {
  const controller = navigator.serviceWorker?.controller;
  if (!controller) return false;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    controller.postMessage("Is all kept?", [port2]);
  });
}
