/** Every sentence the widget says on its own, in one place. */

const FOR_ERROR: Record<string, string> = {
  bot_unavailable: "I cannot answer right now. Please try again in a moment.",
  button_used: "You have used this button already.",
  rate_limited: "That was a lot at once. Please wait a few seconds and send it again.",
  message_too_long: "This message is too long. Please send it in shorter parts.",
};

/** What an error frame means for the shopper: our own words for the codes we know, the server's otherwise. */
export function wordsForError(code: string, message: string): string {
  return FOR_ERROR[code] ?? (message === "" ? "Something went wrong. Please try again." : message);
}

export const WORDS = {
  open: "Open the chat",
  close: "Close the chat",
  unread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
  greeting:
    "Hello! I am the shop's assistant, a bot. I can look up an order, help with a return or a payment, or see whether there is an offer for you.",
  log: "Conversation",
  input: "Your message",
  placeholder: "Write a message",
  send: "Send",
  typing: "The assistant is typing",
  sending: "Sending",
  waiting: "Waits for the connection",
  failed: "Not sent",
  sendAgain: "Send again",
  from: { shopper: "You", bot: "Assistant", agent: "Shop team", notice: "Notice" },
  offer: "An offer for you",
  endsAt: (day: string) => `Ends ${day}`,
  accepted: "You took this offer",
  declined: "You said no to this offer",
  code: "Your code",
  validUntil: (day: string) => `Enter it at the checkout. Valid once, until ${day}.`,
  validOnce: "Enter it at the checkout. Valid once.",
  copy: "Copy code",
  copied: "Copied",
  copyByHand: "Selected: copy it with your keyboard",
  used: "chosen",
  connecting: "Connecting …",
  online: (customerId: string | null) =>
    customerId === null ? "Connected · not signed in" : `Connected · household ${customerId}`,
  offline: "No connection. I send your messages as soon as it is back.",
  refused: (reason: string) => `The chat cannot start: ${reason}`,
};
