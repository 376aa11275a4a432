// The widget loads on every page of a shop: the build fails when it grows past its budget.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 25_000;
// The greatest load of any shopper: every language is a file of its own, of which one is loaded.
const languages = readdirSync(new URL("dist/", import.meta.url)).filter((file) => /^panel-.*\.js$/.test(file));
const size = (file) => gzipSync(readFileSync(new URL(`dist/${file}`, import.meta.url)), { level: 9 }).length;
const largest = languages.sort((a, b) => size(b) - size(a)).slice(0, 1);
const FILES = ["widget.js", "panel.js", ...largest];
const sizes = FILES.map(size);
const packed = sizes.reduce((sum, size) => sum + size, 0);
const each = FILES.map((file, index) => `${file} ${sizes[index]}`).join(", ");
console.log(`widget: ${packed} bytes packed with gzip (${each}), of ${BUDGET_BYTES} allowed`);
if (packed > BUDGET_BYTES) {
  console.error("the widget is over its budget: remove something");
  process.exit(1);
}
