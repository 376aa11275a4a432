/** The whole panel of the chat. */

import { h } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";

import type { ChatClient } from "../chat/client";
import type { ChatState } from "../chat/state";
import { Composer } from "./Composer";
import type { Settings } from "../loader/host";
import { CloseIcon } from "./icons";
import { Log } from "./Log";
import { Menu } from "./Menu";
import { type Dialog, ForgetDialog, RatingDialog } from "./dialogs";
import { useSound } from "./sound";
import { WORDS } from "../words/words";

type Props = { client: ChatClient; heading: string; settings: Settings; takesProducts: boolean };

export function Chat({ client, heading, settings, takesProducts }: Props) {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(
    () =>
      client.subscribe(() => {
        redraw(undefined);
      }),
    [client],
  );
  useSound(client.state);
  const input = useRef<HTMLTextAreaElement>(null);
  const [dialog, setDialog] = useState<Dialog>(null);
  const { panelOpen } = client.state;
  const title = heading === "" ? WORDS.heading : heading;

  const wasOpen = useRef(panelOpen);
  useEffect(() => {
    // Opening the panel moves the focus; a panel that a reload reopens does not take it.
    if (panelOpen && !wasOpen.current) input.current?.focus();
    wasOpen.current = panelOpen;
  }, [panelOpen]);

  const close = (): void => {
    client.setPanelOpen(false);
  };
  const closeDialog = (): void => {
    setDialog(null);
    input.current?.focus();
  };
  return (
    <div
      id="panel"
      class="panel"
      role="dialog"
      aria-labelledby="heading"
      hidden={!panelOpen}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (dialog === null) close();
        else closeDialog();
      }}
    >
      <div class="head">
        <span class="mark" aria-hidden="true">
          {title.slice(0, 1)}
        </span>
        <div class="title">
          <h2 id="heading">{title}</h2>
          <ConnectionStatus state={client.state} />
        </div>
        <Menu client={client} onDialog={setDialog} />
        <button type="button" class="plain" aria-label={WORDS.close} onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <HandoverStatus state={client.state} />
      {dialog === "rating" && <RatingDialog client={client} onClose={closeDialog} />}
      {dialog === "forget" && <ForgetDialog client={client} onClose={closeDialog} />}
      <Log client={client} takesProducts={takesProducts} />
      <Composer client={client} input={input} settings={settings} />
    </div>
  );
}

function ConnectionStatus({ state }: { state: ChatState }) {
  const { link } = state;
  const words =
    link.kind === "online"
      ? WORDS.online(state.customerId)
      : link.kind === "refused"
        ? WORDS.refused(link.reason)
        : link.kind === "offline"
          ? WORDS.offline
          : WORDS.connecting;
  return (
    <p class={`link-state ${link.kind}`} role="status">
      {words}
    </p>
  );
}

function HandoverStatus({ state: { handover } }: { state: ChatState }) {
  if (handover.state === "none") return null;
  return (
    <p class="handover" role="status">
      {handover.state === "joined" ? WORDS.joined : WORDS.inLine(handover.position)}
    </p>
  );
}
