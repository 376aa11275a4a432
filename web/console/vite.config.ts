import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The gateway serves this folder under /admin. */
export default defineConfig({
  base: "/admin/",
  plugins: [react()],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0, // the content security policy allows no data: addresses for scripts and styles
    chunkSizeWarningLimit: 1000,
  },
});
