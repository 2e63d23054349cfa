/**
 * Builds the demo page and serves it on this machine.
 *
 *     npm run demo [-- PORT]     (8000 by default)
 */

import { build } from "./build.js";
import { serve } from "./server.js";

const port = Number(process.argv[2] ?? 8000);
try {
  const { url } = await serve(build(), { port });
  console.log(`${url} (Ctrl+C ends it)`);
} catch (error) {
  if (error.code !== "EADDRINUSE") throw error;
  console.error(`Port ${port} is taken: give another, such as npm run demo -- ${port + 1}`);
  process.exitCode = 1;
}
