/** What the views show of one shopper's chat. */

import { EMPTY, type Conversation } from "./conversation";
import type { LinkState } from "./link";
import type { Handover } from "./protocol";

export type ChatState = {
  link: LinkState;
  customerId: string | null;
  conversation: Conversation;
  panelOpen: boolean;
  unread: number;
  /** The beginning of the newest message that arrived while the panel was closed. */
  teaser: string | null;
  handover: Handover;
  stars: number | null;
  loadingOlder: boolean;
  /** Decisions whose code the page has put into its basket. */
  applied: ReadonlySet<string>;
  consentVersion: string | null;
  sound: boolean;
};

export const INITIAL_STATE: ChatState = {
  link: { kind: "idle" },
  customerId: null,
  conversation: EMPTY,
  panelOpen: false,
  unread: 0,
  teaser: null,
  handover: { state: "none", position: null },
  stars: null,
  loadingOlder: false,
  applied: new Set(),
  consentVersion: null,
  sound: false,
};
