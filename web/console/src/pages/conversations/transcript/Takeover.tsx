import { Button, Textarea } from "@mantine/core";
import { useMay, useMyName } from "@promobot/shared/session";
import { useState } from "react";
import type { Transcript } from "../../../app/api";
import { ErrorAlert } from "../../../components/states";
import { useChange } from "./useChange";

/** Answering the shopper in place of the bot, for those who may. */
export function Takeover({ conversation }: { conversation: Transcript }) {
  const { digest } = conversation;
  const may = useMay("take_over");
  const name = useMyName();
  const change = useChange(digest.conversation_id);
  const [text, setText] = useState("");
  if (!may) return null;
  const mine = digest.taken_by === name;
  const send = () => {
    if (!text.trim()) return;
    change.mutate(
      { method: "POST", path: "messages", body: { text } },
      {
        onSuccess: () => {
          setText("");
        },
      },
    );
  };
  const handBack = (
    <Button
      variant="default"
      onClick={() => {
        change.mutate({ method: "DELETE", path: "takeover" });
      }}
    >
      Hand back to the bot
    </Button>
  );
  return (
    <footer className="takeover">
      <ErrorAlert error={change.error} />
      {mine ? (
        <>
          <Textarea
            aria-label="Answer the shopper"
            placeholder="You answer instead of the bot. Enter sends."
            autosize={false}
            rows={2}
            maxLength={2000}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey) {
                event.preventDefault();
                send();
              }
            }}
          />
          <Button loading={change.isPending} onClick={send}>
            Send
          </Button>
          {handBack}
        </>
      ) : digest.taken_by === null ? (
        <>
          <span className="quiet">The bot answers this conversation.</span>
          <Button
            variant="light"
            loading={change.isPending}
            onClick={() => {
              change.mutate({ method: "PUT", path: "takeover" });
            }}
          >
            Take over
          </Button>
        </>
      ) : (
        <>
          <span>{digest.taken_by} answers this conversation.</span>
          {handBack}
        </>
      )}
    </footer>
  );
}
