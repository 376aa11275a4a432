/**
 * What survives a reload: which conversation this is, its token, whether the panel was open, and what was not yet delivered.
 * Nothing is written before the shopper's first interaction. A browser that forbids storage costs the resuming, not the chat.
 */

export type Unsent = { clientMessageId: string; text: string; createdAt: string; buttonToken?: string };

export type Remembered = {
  conversationId: string | null;
  token: string;
  tokenExpiresAt: string;
  panelOpen: boolean;
  unsent: Unsent[];
};

export class Memory {
  private readonly key: string;

  constructor(
    whose: string,
    private readonly storage: () => Storage,
  ) {
    this.key = `promobot.chat.${whose}`;
  }

  read(): Remembered | null {
    try {
      const value = JSON.parse(this.storage().getItem(this.key) ?? "null") as Partial<Remembered> | null;
      if (typeof value?.token !== "string") return null;
      return {
        conversationId: value.conversationId ?? null,
        token: value.token,
        tokenExpiresAt: value.tokenExpiresAt ?? "",
        panelOpen: value.panelOpen === true,
        unsent: Array.isArray(value.unsent) ? value.unsent : [],
      };
    } catch {
      return null; // storage is forbidden or holds something else: start anew
    }
  }

  write(remembered: Remembered): void {
    try {
      this.storage().setItem(this.key, JSON.stringify(remembered));
    } catch {
      // storage is full or forbidden: the chat goes on, a reload begins a new conversation
    }
  }

  forget(): void {
    try {
      this.storage().removeItem(this.key);
    } catch {
      // storage is forbidden: there is nothing to forget
    }
  }
}
