/** The text field: Enter sends, Shift and Enter begins a new line. Above it stands the consent text. */

import { Fragment, h } from "preact";
import type { RefObject } from "preact";
import { useState } from "preact/hooks";

import type { ChatClient } from "../chat/client";
import type { Settings } from "../loader/host";
import { SendIcon } from "./icons";
import { LANGUAGE, WORDS } from "../words/words";

type Props = { client: ChatClient; input: RefObject<HTMLTextAreaElement | null>; settings: Settings };

export function Composer({ client, input, settings }: Props) {
  const [draft, setDraft] = useState("");
  // A text that is too long stays in the field, for the shopper to shorten: cutting it off would lose words.
  const tooMany = draft.length - settings.message_length_limit;
  const sendable = draft.trim() !== "" && tooMany <= 0;
  const send = (): void => {
    if (!sendable) return;
    client.send(draft);
    setDraft("");
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method (Chinese, Japanese) composes a word, Enter confirms the word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {client.state.consentVersion !== settings.consent_version && (
        <p class="consent">
          {WORDS.consent}
          {settings.privacy_url !== "" && (
            <>
              {" "}
              <a href={settings.privacy_url} target="_blank" rel="noreferrer">
                {WORDS.privacy}
              </a>
            </>
          )}
        </p>
      )}
      {tooMany > 0 && (
        <p class="too-long" role="alert">
          {WORDS.tooLong(tooMany.toLocaleString(LANGUAGE))}
        </p>
      )}
      <div class="line">
        <textarea
          ref={input}
          rows={1}
          dir="auto"
          aria-label={WORDS.input}
          aria-invalid={tooMany > 0}
          placeholder={WORDS.placeholder}
          enterkeyhint="send"
          value={draft}
          onInput={(event) => {
            setDraft(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={WORDS.send} disabled={!sendable}>
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
