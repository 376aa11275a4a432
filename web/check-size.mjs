// The widget loads on every page of a shop: the build fails when it grows past its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 25_000;
const packed = gzipSync(readFileSync(new URL("dist/widget.js", import.meta.url)), { level: 9 }).length;
console.log(`widget.js: ${packed} bytes packed with gzip, of ${BUDGET_BYTES} allowed`);
if (packed > BUDGET_BYTES) {
  console.error("widget.js is over its budget: remove something, or load it later");
  process.exit(1);
}
