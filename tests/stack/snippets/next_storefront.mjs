/**
 * A Next.js storefront of a few lines, with the files of docs/connect/medusa.md in it: its route handlers answer, its component is
 * rendered by Preact in the browser. What the starter's `@lib/data` would ask Medusa for comes from a file here, and `next/script` and
 * `next/navigation` are as small as the component needs them.
 *
 *   node next_storefront.mjs FOLDER STATE    FOLDER has route.ts, code.ts and promobot.tsx; prints the address it listens on
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, stateFile] = process.argv.slice(2);
const web = createRequire(join(process.cwd(), "web", "package.json"));
const { rolldown } = await import(pathToFileURL(web.resolve("rolldown")));

const state = () => JSON.parse(readFileSync(stateFile, "utf8"));
const shopper = new AsyncLocalStorage();
globalThis.standIn = {
  customer: () => (shopper.getStore() === undefined ? null : { id: shopper.getStore() }),
  cart: () => ({
    currency_code: "usd",
    items: state().lines.map(({ variant_id, quantity, cents }) => ({ variant_id, quantity, unit_price: cents / 100 })),
    promotions: [{ code: "AUTOMATIC", is_automatic: true }, ...state().codes.map((code) => ({ code, is_automatic: false }))],
  }),
  update: ({ promo_codes }) => {
    const codes = promo_codes.filter((code) => code !== "NO-SUCH-CODE");
    writeFileSync(stateFile, JSON.stringify({ ...state(), codes }));
    return globalThis.standIn.cart();
  },
};

const MODULES = {
  "@lib/data/cart":
    "export const retrieveCart = async () => standIn.cart(); export const updateCart = async (data) => standIn.update(data);",
  "@lib/data/customer": "export const retrieveCustomer = async () => standIn.customer();",
  "next/navigation": 'export const useParams = () => ({ countryCode: "us" }); export const usePathname = () => location.pathname;',
  "next/script": `import { useEffect } from "react";
    export default function Script(props) {
      useEffect(() => {
        const made = document.createElement("script");
        for (const [name, value] of Object.entries(props)) if (value !== undefined) made.setAttribute(name, value);
        document.body.append(made);
      }, []);
      return null;
    }`,
  "storefront-page": `import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import Promobot from "${join(folder, "promobot.tsx")}";
    createRoot(document.getElementById("promobot")).render(createElement(Promobot));`,
};
const REACT = {
  react: "preact/compat",
  "react-dom/client": "preact/compat/client",
  "react/jsx-runtime": "preact/jsx-runtime",
};
const standIns = {
  name: "stand-ins",
  resolveId(id) {
    if (id in MODULES) return `\0${id}`;
    // From the web pages' own packages, wherever the importing file stands.
    const name = REACT[id] ?? id;
    return name.startsWith("preact") ? this.resolve(name, join(process.cwd(), "web", "package.json"), { skipSelf: true }) : null;
  },
  load: (id) => (id.startsWith("\0") && id.slice(1) in MODULES ? MODULES[id.slice(1)] : null),
};

async function bundle(input, platform) {
  const built = await rolldown({
    input,
    platform,
    plugins: [standIns],
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
  });
  const { output } = await built.generate({ format: platform === "node" ? "esm" : "iife" });
  return output[0].code;
}

async function handlers(file) {
  const made = join(folder, `${file}.mjs`);
  writeFileSync(made, await bundle(join(folder, `${file}.ts`), "node"));
  return import(pathToFileURL(made));
}

const [route, code, page] = [await handlers("route"), await handlers("code"), await bundle("storefront-page", "browser")];
const HTML = '<!doctype html><html lang="en"><title>Your shop</title><body><div id="promobot"></div><script src="/page.js"></script></body></html>';
const made = (body, type) => new Response(body, { headers: { "Content-Type": type } });
const ROUTES = {
  "/": () => made(HTML, "text/html"),
  "/page.js": () => made(page, "text/javascript"),
  "/api/promobot": () => route.GET(),
  "/api/promobot/code": (request) => code.GET(request),
};

const server = createServer((request, response) => {
  const address = new URL(request.url, "http://127.0.0.1");
  const signedIn = /(?:^|; )shopper=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  shopper.run(signedIn, async () => {
    const answer = await (ROUTES[address.pathname] ?? (() => new Response(null, { status: 204 })))(new Request(address));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
