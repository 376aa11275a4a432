/** The currency of what a part of the studio shows. Nothing in it is converted. */

import { inShort, inTable } from "@promobot/shared/money";
import { createContext, type ReactNode, useContext } from "react";

const Currency = createContext<string | null>(null);

/** All amounts in the children are in this currency. */
export function InCurrency({ currency, children }: { currency: string; children: ReactNode }) {
  return <Currency.Provider value={currency}>{children}</Currency.Provider>;
}

function useCurrency(): string {
  const currency = useContext(Currency);
  if (currency === null) throw new Error("amounts are shown outside of InCurrency");
  return currency;
}

/** Writes amounts of the shown document or plan. */
export function useMoney(): (cents: number | null | undefined) => string {
  const currency = useCurrency();
  return (cents) => inTable(cents, currency);
}

/** Writes short amounts, for the marks of an axis. */
export function useShortMoney(): (cents: number) => string {
  const currency = useCurrency();
  return (cents) => inShort(cents, currency);
}
