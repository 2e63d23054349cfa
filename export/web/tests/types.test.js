/** The declarations fit how they are used. */

import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const TSC = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
const PAGE = fileURLToPath(new URL("types/polyfill.ts", import.meta.url));

test("a page in TypeScript compiles", () => {
  const options = "--noEmit --strict --target esnext --module nodenext --lib esnext,dom,dom.iterable";
  execFileSync(TSC, [...options.split(" "), PAGE], { stdio: "inherit" });
});
