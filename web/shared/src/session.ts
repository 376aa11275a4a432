/** Who is signed in to the console, and what their role permits. */

import { createContext, useContext } from "react";
import type { Me, Permission } from "./generated/admin-api";

export type Session = Pick<Me, "name" | "role" | "permissions">;

const SessionContext = createContext<Session | null>(null);

export const SessionProvider = SessionContext.Provider;

/** Whether the signed-in person has this permission. */
export function useMay(permission: Permission): boolean {
  return useContext(SessionContext)?.permissions.includes(permission) ?? false;
}

/** The name of the signed-in person. */
export function useMyName(): string {
  return useContext(SessionContext)?.name ?? "";
}
