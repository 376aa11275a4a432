/** The interface between the small loader and the panel that it loads on demand. Types only. */

import type { PageFrame } from "../chat/protocol";
import type { Identity } from "./owner";
import type { Words } from "../words/words";

/** The answer of GET /api/widget; nothing in it is about the shopper. */
export type Settings = {
  consent_version: string;
  privacy_url: string;
  message_length_limit: number;
  triggers: Rule[];
};

/** A rule of proactive messages: every condition that is given has to hold at once. */
export type Rule = {
  trigger_id: string;
  url?: string;
  seconds_on_page?: number;
  scroll_percent?: number;
  basket_from_cents?: number;
  basket_left_s?: number;
  exit_intent?: boolean;
  custom_event?: string;
  per_day?: number;
};

export type Host = {
  server: string;
  identity: Identity;
  /** Names the memory; see owner.ts. */
  owner: string;
  root: ShadowRoot;
  heading: string;
  language: string;
  words: Words;
  /** Whether the page takes products into its basket, as its event `promobot:add` asks. */
  takesProducts: boolean;
  settings: Promise<Settings>;
  /** Until those arrive. */
  settingsAtFirst: Settings;
  onState: (state: { open: boolean; unread: number; teaser: string | null }) => void;
  /** Dispatches an event on the page; false if the page called preventDefault(). */
  emit: (name: string, detail: object) => boolean;
};

export type Panel = {
  setPanelOpen: (open: boolean) => void;
  send: (text: string) => void;
  tell: (frame: PageFrame) => void;
  reportTrigger: (triggerId: string) => void;
  reconnect: () => void;
  /** Another tab has changed what is remembered. */
  memoryChanged: () => void;
  leave: () => void;
};
