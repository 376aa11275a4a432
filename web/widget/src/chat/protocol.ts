/**
 * The frames that the widget and the gateway exchange over the WebSocket /ws, one JSON object each.
 * tests/contract/widget.json shows an example of every one; protocol.test.ts reads it.
 */

export type Button = { title: string; button_token: string; active: boolean };

export type Offer = {
  decision_id: string;
  title: string;
  terms: string;
  ends_at: string | null;
  explanation: string;
  offer_id: string;
  currency: string | null;
  decimals?: number | undefined;
  products: Product[];
};

/** Pieces of a product. Prices are in cents, without and with the offer. */
export type Product = {
  product_id: string;
  name: string;
  quantity: number;
  /** Null where the shop names no price in the shopper's currency. */
  before_cents: number | null;
  after_cents: number | null;
  // Messages of earlier versions lack these fields.
  /** Null where the shopper has to choose one on the product's page; without one nothing is added here. */
  variant_id?: string | null;
  url?: string;
  image_url?: string;
  in_stock?: boolean;
  /** Other variants cost more. */
  is_lowest?: boolean;
};

/** Where the shopper shops and what is in the basket, as the page says; what is left out is unknown. */
export type PageContext = {
  currency?: string | null;
  country?: string | null;
  channel?: string | null;
  basket?: { variant_id: string; quantity?: number; unit_price_cents?: number | null }[] | null;
};

/** Products that others bought together with one; no offer changes their prices. */
export type BoughtTogether = { currency: string; decimals?: number | undefined; products: Product[] };

/** A parcel as the shop reported it; what is not known is empty. */
export type Shipment = {
  order_number: string;
  carrier: string;
  tracking_number: string;
  /** https, or empty. */
  tracking_url: string;
  state: string;
};

export type MessageRating = "up" | "down" | null;

/** The place of a shopper who waits for a person; position counts from 1. */
export type Handover = { state: "none" | "waiting" | "joined"; position: number | null };

export type Outcome = {
  decision_id: string;
  outcome: string;
  code: string | null;
  code_expires_at: string | null;
};

export type Sender = "shopper" | "bot" | "agent";

export type MessageFrame = {
  type: "message";
  message_id: string;
  seq: number;
  from: Sender;
  text: string;
  created_at: string;
  buttons: Button[];
  offer: Offer | null;
  outcome: Outcome | null;
  companions: BoughtTogether | null;
  shipments: Shipment[] | null;
  /** Asks for a proof that an order is theirs; where its number is empty, for that as well. */
  proof_form: { order_number: string } | null;
  thumb: MessageRating;
};

export type ServerFrame =
  | {
      type: "welcome";
      conversation_id: string;
      customer_id: string | null;
      now: string;
      history: MessageFrame[];
      stars: number | null;
      handover: Handover;
    }
  | { type: "history"; messages: MessageFrame[] }
  | ({ type: "handover" } & Handover)
  | { type: "transcript"; text: string }
  | { type: "forgotten" }
  /** The text as the log keeps it: addresses that prove an order are masked. */
  | { type: "ack"; client_message_id: string; message_id: string; seq: number; text?: string }
  | { type: "typing"; on: boolean }
  | MessageFrame
  | { type: "turn_end"; client_message_id: string | null }
  | { type: "pong" }
  | { type: "error"; code: string; message: string; client_message_id: string | null };

/** What the page says of the shopper; each replaces the one of its type. */
export type PageFrame = { type: "basket"; cents: number } | ({ type: "context" } & PageContext);

export type ClientFrame =
  | {
      type: "hello";
      token: string;
      conversation_id: string | null;
      after_seq: number;
      earlier_token: string | null;
    }
  | { type: "message"; client_message_id: string; text: string }
  | { type: "button"; client_message_id: string; button_token: string }
  | { type: "exposed"; message_id: string }
  | { type: "history"; before_seq: number }
  | { type: "consent"; version: string; locale: string }
  | { type: "thumb"; message_id: string; thumb: MessageRating }
  | { type: "rating"; stars: number; comment: string }
  | { type: "transcript" }
  | { type: "forget" }
  | PageFrame
  | { type: "moment"; trigger_id: string }
  | { type: "ping" };

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => value instanceof Object;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/**
 * Parses a text of the server, which has checked what it sends. A frame of a kind that is not known here passes, and the
 * client does nothing with it: a newer server may send more kinds. Null for what is no frame.
 */
export function parseFrame(wire: string): ServerFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(wire);
  } catch {
    return null;
  }
  if (!isFields(value)) return null;
  if (value.type === "message") return parseMessage(value);
  if (value.history) value.history = parseMessages(value.history);
  if (value.messages) value.messages = parseMessages(value.messages);
  return value as ServerFrame;
}

const parseMessages = (value: unknown): MessageFrame[] =>
  list(value)
    .map(parseMessage)
    .filter((message) => message !== null);

function parseMessage(value: unknown): MessageFrame | null {
  return isFields(value) && Number.isInteger(value.seq) && /^(shopper|bot|agent)$/.test(value.from as string)
    ? ({ ...value, offer: withProducts(value.offer), companions: withProducts(value.companions) } as MessageFrame)
    : null;
}

/** Blocks of products; an offer of an earlier version has none. */
const withProducts = (value: unknown): Fields | null =>
  isFields(value) ? { ...value, products: list(value.products) } : null;
