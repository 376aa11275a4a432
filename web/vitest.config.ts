import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { root: "shared", test: { name: "shared", environment: "happy-dom" } },
      { root: "widget", test: { name: "widget", environment: "happy-dom" } },
      { root: "console", test: { name: "console", environment: "happy-dom" } },
      { root: "shop", test: { name: "shop", environment: "happy-dom" } },
    ],
  },
});
