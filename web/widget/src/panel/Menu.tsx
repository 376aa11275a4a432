/** A menu of what a shopper can do besides writing. */

import { h } from "preact";
import { useRef, useState } from "preact/hooks";

import type { ChatClient } from "../chat/client";
import { saveText } from "./download";
import type { Dialog } from "./dialogs";
import { MoreIcon } from "./icons";
import { WORDS } from "../words/words";

export function Menu({ client, onDialog }: { client: ChatClient; onDialog: (dialog: Dialog) => void }) {
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { conversation, link, sound } = client.state;
  const talked = conversation.messages.some((message) => message.messageId !== null) && link.kind === "online";

  const choose = (act: () => void) => (): void => {
    setOpen(false);
    button.current?.focus();
    act();
  };
  const items: [string, () => void, boolean][] = [
    [WORDS.person, () => { client.send(WORDS.personRequest); }, true], // prettier-ignore
    [WORDS.rate, () => { onDialog("rating"); }, talked], // prettier-ignore
    [WORDS.download, () => { client.requestTranscript(saveText); }, talked], // prettier-ignore
    [sound ? WORDS.soundOff : WORDS.soundOn, () => { client.setSound(!sound); }, true], // prettier-ignore
    [WORDS.forget, () => { onDialog("forget"); }, talked], // prettier-ignore
  ];
  return (
    <div
      class="menu"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
      onFocusOut={(event) => {
        if (!menu.current?.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        class="plain"
        aria-label={WORDS.menu}
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <MoreIcon />
      </button>
      {open && (
        <div class="menu-items">
          {items
            .filter(([, , shown]) => shown)
            .map(([label, act]) => (
              <button key={label} type="button" onClick={choose(act)}>
                {label}
              </button>
            ))}
        </div>
      )}
    </div>
  );
}
