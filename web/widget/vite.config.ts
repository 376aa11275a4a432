import { defineConfig } from "vite";

const SHARED = {
  outDir: "../dist",
  emptyOutDir: false, // the shop page is built into the same folder before
  target: "es2022",
  cssTarget: "esnext", // lowered to older browsers, writing directions alone would double the sheet
  modulePreload: false,
} as const;

/**
 * Files without a hash in their names: widget.js, whose address shops write into their pages and which is a plain script; and what it
 * loads when it is needed (--mode panel), the panel and the words of one language.
 */
export default defineConfig(({ mode }) =>
  mode === "panel"
    ? {
        build: {
          ...SHARED,
          rolldownOptions: {
            input: {
              panel: "src/panel/panel.tsx",
              "panel-words.en": "src/words/en.ts",
              "panel-words.zh": "src/words/zh.ts",
            },
            output: { entryFileNames: "[name].js" },
            preserveEntrySignatures: "strict", // the loader imports by name
          },
        },
      }
    : {
        build: {
          ...SHARED,
          copyPublicDir: false,
          lib: {
            entry: "src/loader/loader.ts",
            name: "promobotLoader",
            formats: ["iife"],
            fileName: () => "widget.js",
          },
        },
      },
);
