import "@mantine/core/styles.css";
import "./app/console.css";

import { createTheme, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./app/Console";

// Colour variables are in app/base.css: the content security policy allows no <style> of a script.
const theme = createTheme({ primaryColor: "teal", defaultRadius: "md", cursorType: "pointer" });
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 2000 } } });

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queries}>
          <Console />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
