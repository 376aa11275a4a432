/** Two dialogs over the conversation: a rating, and the deletion of everything. */

import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { ChatClient } from "../chat/client";
import { StarIcon } from "./icons";
import { WORDS } from "../words/words";

/** The open dialog. */
export type Dialog = "rating" | "forget" | null;

type Props = { client: ChatClient; onClose: () => void };
const STARS = [1, 2, 3, 4, 5];

export function RatingDialog({ client, onClose }: Props) {
  const [stars, setStars] = useState(client.state.stars ?? 0);
  const [comment, setComment] = useState("");
  const [sent, setSent] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  if (sent) {
    return (
      <div class="sheet" role="status">
        <p class="question">{WORDS.thanks}</p>
        <button type="button" class="choice" onClick={onClose}>
          {WORDS.close}
        </button>
      </div>
    );
  }
  return (
    <form
      class="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        setSent(client.rateConversation(stars, comment));
      }}
    >
      <fieldset>
        <legend class="question">{WORDS.rateQuestion}</legend>
        <div class="stars">
          {STARS.map((count) => (
            <label key={count} class={count <= stars ? "lit" : ""}>
              <input
                ref={count === 1 ? first : null}
                type="radio"
                name="stars"
                value={count}
                aria-label={WORDS.stars(count)}
                checked={count === stars}
                onChange={() => {
                  setStars(count);
                }}
              />
              <StarIcon />
            </label>
          ))}
        </div>
      </fieldset>
      <textarea
        rows={2}
        dir="auto"
        maxLength={1000}
        aria-label={WORDS.comment}
        placeholder={WORDS.comment}
        value={comment}
        onInput={(event) => {
          setComment(event.currentTarget.value);
        }}
      />
      <div class="buttons">
        <button type="submit" class="choice main" disabled={stars === 0}>
          {WORDS.sendRating}
        </button>
        <button type="button" class="choice" onClick={onClose}>
          {WORDS.cancel}
        </button>
      </div>
    </form>
  );
}

export function ForgetDialog({ client, onClose }: Props) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div class="sheet" role="group" aria-label={WORDS.forget}>
      <p class="question">{WORDS.forgetQuestion}</p>
      <div class="buttons">
        <button
          type="button"
          class="choice danger"
          onClick={() => {
            client.forget();
            onClose();
          }}
        >
          {WORDS.forgetYes}
        </button>
        <button ref={first} type="button" class="choice" onClick={onClose}>
          {WORDS.cancel}
        </button>
      </div>
    </div>
  );
}
