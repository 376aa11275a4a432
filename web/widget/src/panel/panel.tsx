/** The entry of the panel, which the loader loads on demand: mounts the chat into the element's shadow root. */

import { h, render } from "preact";

import styles from "./chat.css?inline";
import { Chat } from "./Chat";
import { ChatClient } from "../chat/client";
import type { Host, Panel, Settings } from "../loader/host";
import { Memory } from "../chat/memory";
import { ANONYMOUS } from "../loader/owner";
import { setLanguage } from "../words/words";

export function mount(host: Host): Panel {
  setLanguage(host.language, host.words);
  const { root, owner } = host;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets.slice(0, 1), sheet];
  const container = document.createElement("div");
  root.prepend(container);

  const storage = (): Storage => localStorage;
  const client = new ChatClient(
    host.server,
    host.identity,
    new Memory(owner, storage),
    {
      fetch: (url, init) => fetch(url, init),
      openSocket: (url) => new WebSocket(url),
      random: () => Math.random(),
    },
    host.emit,
    "token" in host.identity && owner !== ANONYMOUS ? new Memory(ANONYMOUS, storage) : null,
  );
  const show = (): void => {
    const { panelOpen: open, unread, teaser } = client.state;
    host.onState({ open, unread, teaser });
  };
  client.subscribe(show);
  const draw = (settings: Settings): void => {
    client.consentVersion = settings.consent_version;
    render(
      <Chat client={client} heading={host.heading} settings={settings} takesProducts={host.takesProducts} />,
      container,
    );
  };
  draw(host.settingsAtFirst);
  void host.settings.then(draw);
  show();

  return Object.assign(client, {
    leave: () => {
      client.close();
      render(null, container);
      container.remove();
    },
  });
}
