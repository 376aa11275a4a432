import { defineConfig } from "vite";

/** One file without a hash in its name, because shops write its address into their pages. */
export default defineConfig({
  build: {
    outDir: "../dist",
    emptyOutDir: false, // the shop page is built into the same folder before
    target: "es2022",
    modulePreload: false,
    rolldownOptions: { input: "src/element.tsx", output: { entryFileNames: "widget.js" } },
  },
});
