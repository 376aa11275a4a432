/** Form fields that several pages show. */

import {
  Button,
  NativeSelect,
  type NativeSelectProps,
  NumberInput,
  TextInput,
  type TextInputProps,
} from "@mantine/core";
import { dayToMoment, momentToDay } from "./values/dates";

/** A field whose value is a text, and which reports the new text. */
type TextField<Props> = Omit<Props, "onChange" | "value"> & { value: string; change: (to: string) => void };

export function Text({ change, ...props }: TextField<TextInputProps>) {
  return (
    <TextInput
      withAsterisk={false}
      {...props}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
    />
  );
}

export function Choice({ change, ...props }: TextField<NativeSelectProps>) {
  return (
    <NativeSelect
      {...props}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
    />
  );
}

const PERIODS: Record<string, string> = {
  "7": "Last 7 days",
  "30": "Last 30 days",
  "90": "Last 90 days",
  "365": "Last year",
};

/** The number of days that a page counts over. */
export function Period({ days, change, among }: { days: string; change: (to: string) => void; among: string[] }) {
  return (
    <Choice
      aria-label="Period"
      value={days}
      data={among.map((value) => ({ value, label: PERIODS[value] ?? value }))}
      change={change}
    />
  );
}

/** The first and the last day of something; `ends_at` is the midnight after its last day. */
export function Dates({
  terms,
  set,
}: {
  terms: { starts_at: string; ends_at: string };
  set: (changes: { starts_at?: string; ends_at?: string }) => void;
}) {
  return (
    <div className="pair">
      <Text
        type="date"
        label="Starts"
        required
        value={momentToDay(terms.starts_at)}
        change={(day) => {
          if (day) set({ starts_at: dayToMoment(day) });
        }}
      />
      <Text
        type="date"
        label="Ends after"
        required
        value={momentToDay(terms.ends_at, -1)}
        change={(day) => {
          if (day) set({ ends_at: dayToMoment(day, 1) });
        }}
      />
    </div>
  );
}

/** An amount that people enter in the shop's currency; `value` is in cents. */
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

interface FormActionsProps {
  save: string;
  saving: boolean;
  cancel: () => void;
  disabled?: boolean;
  small?: boolean;
}

/** The two buttons at the end of a form. */
export function FormActions({ save, saving, cancel, disabled = false, small = false }: FormActionsProps) {
  const size = small ? { size: "compact-sm" } : {};
  return (
    <div className="facts">
      <Button type="submit" {...size} loading={saving} disabled={disabled}>
        {save}
      </Button>
      <Button {...size} variant="default" onClick={cancel}>
        Cancel
      </Button>
    </div>
  );
}

/** A list of names, entered with semicolons between them. A trailing semicolon stays, so that the next name can follow. */
export function Names({ label, names, change }: { label: string; names: string[]; change: (to: string[]) => void }) {
  return (
    <Text
      label={`${label}, separated by semicolons`}
      value={names.join("; ")}
      change={(text) => {
        const entered = text.split(";").map((name) => name.trimStart());
        change(entered.filter((name, index) => name || index === entered.length - 1));
      }}
    />
  );
}
