/** Form fields that several pages show. */

import { NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { dayToMoment, momentToDay } from "./dates";

export function Dates({
  terms,
  set,
}: {
  terms: { starts_at: string; ends_at: string };
  set: (changes: { starts_at?: string; ends_at?: string }) => void;
}) {
  return (
    <div className="pair">
      <TextInput
        type="date"
        label="Starts"
        required
        withAsterisk={false}
        value={momentToDay(terms.starts_at)}
        onChange={(event) => {
          if (event.currentTarget.value) set({ starts_at: dayToMoment(event.currentTarget.value) });
        }}
      />
      <TextInput
        type="date"
        label="Ends after"
        required
        withAsterisk={false}
        value={momentToDay(terms.ends_at, -1)}
        onChange={(event) => {
          if (event.currentTarget.value) set({ ends_at: dayToMoment(event.currentTarget.value, 1) });
        }}
      />
    </div>
  );
}

export function Text(props: {
  label: string;
  value: string;
  maxLength: number;
  placeholder?: string;
  change: (to: string) => void;
}) {
  const { change, ...others } = props;
  return (
    <TextInput
      {...others}
      required
      withAsterisk={false}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
    />
  );
}

/** An amount in the shop's currency; cents outside. */
export function Cents({
  label,
  value,
  change,
}: {
  label: string;
  value: number | null;
  change: (cents: number | null) => void;
}) {
  return (
    <NumberInput
      label={label}
      min={0}
      decimalScale={2}
      fixedDecimalScale
      value={value === null ? "" : value / 100}
      onChange={(amount) => {
        change(typeof amount === "number" ? Math.round(amount * 100) : null);
      }}
    />
  );
}

export function Choice(props: {
  label: string;
  value: string;
  data: { value: string; label: string }[];
  change: (to: string) => void;
}) {
  const { change, ...others } = props;
  return (
    <NativeSelect
      {...others}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
    />
  );
}
