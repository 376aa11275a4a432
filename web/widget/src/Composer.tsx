/** The line to write in: Enter sends, Shift and Enter begins a new line. */

import type { RefObject } from "preact";
import { useState } from "preact/hooks";

import type { ChatClient } from "./client";
import { SendIcon } from "./icons";
import { WORDS } from "./words";

const LONGEST_MESSAGE = 1000; // characters

export function Composer({ client, input }: { client: ChatClient; input: RefObject<HTMLTextAreaElement | null> }) {
  const [draft, setDraft] = useState("");
  const send = (): void => {
    client.send(draft);
    setDraft("");
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes a word (Chinese, Japanese), Enter confirms the word.
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
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        maxLength={LONGEST_MESSAGE}
        aria-label={WORDS.input}
        placeholder={WORDS.placeholder}
        enterkeyhint="send"
        value={draft}
        onInput={(event) => {
          setDraft(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="send" aria-label={WORDS.send} disabled={draft.trim() === ""}>
        <SendIcon />
      </button>
    </form>
  );
}
