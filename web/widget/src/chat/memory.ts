/**
 * What survives a reload, shared by the tabs of a browser: the conversation, its token, whether the panel is open, and the consent.
 * Every undelivered message has a key of its own, so that tabs do not overwrite each other's; the next page delivers it, and the
 * server stores it once. Nothing is written before the shopper's first interaction. In a browser that forbids storage the chat works
 * but does not resume.
 */

import { memoryKey } from "../loader/owner";

export type Unsent = { clientMessageId: string; text: string; createdAt: string; buttonToken?: string };

export type Remembered = {
  conversationId: string | null;
  token: string;
  tokenExpiresAt: string;
  panelOpen: boolean;
  consentVersion: string | null;
};

export class Memory {
  readonly #key: string;

  constructor(
    owner: string,
    private readonly storage: () => Storage,
  ) {
    this.#key = memoryKey(owner);
  }

  read(): Remembered | null {
    const value = this.#parsed<Remembered>(this.#key);
    return typeof value?.token === "string" ? (value as Remembered) : null;
  }

  write(remembered: Remembered): void {
    this.#try((storage) => {
      storage.setItem(this.#key, JSON.stringify(remembered));
    });
  }

  /** Undelivered messages, the oldest first. */
  unsent(): Unsent[] {
    const keys: string[] = [];
    this.#try((storage) => {
      for (let index = 0; index < storage.length; index += 1) keys.push(storage.key(index) ?? "");
    });
    return keys
      .filter((key) => key.startsWith(`${this.#key}.unsent.`))
      .map((key) => this.#parsed<Unsent>(key))
      .filter(
        (entry): entry is Unsent => typeof entry?.clientMessageId === "string" && typeof entry.createdAt === "string",
      )
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  keep(entry: Unsent): void {
    this.#try((storage) => {
      storage.setItem(`${this.#key}.unsent.${entry.clientMessageId}`, JSON.stringify(entry));
    });
  }

  settle(clientMessageId: string): void {
    this.#try((storage) => {
      storage.removeItem(`${this.#key}.unsent.${clientMessageId}`);
    });
  }

  forget(): void {
    this.#try((storage) => {
      storage.removeItem(this.#key);
    });
    this.unsent().forEach((entry) => {
      this.settle(entry.clientMessageId);
    });
  }

  #parsed<T>(key: string): Partial<T> | null {
    let value: Partial<T> | null = null;
    this.#try((storage) => {
      value = JSON.parse(storage.getItem(key) ?? "null") as Partial<T> | null;
    });
    return value;
  }

  /** Where storage is forbidden, full or holds something else, the chat goes on; a reload begins a new conversation. */
  #try(act: (storage: Storage) => void): void {
    try {
      act(this.storage());
    } catch {
      // see above
    }
  }
}
