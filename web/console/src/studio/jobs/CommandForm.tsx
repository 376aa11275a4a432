import { Button, Checkbox, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMemo, useState } from "react";
import { Failure, Loading } from "../../components/states";
import { words } from "../../components/values/format";
import { type CommandField, fieldsOf, type FieldValue, paramsOf } from "./commandFields";
import { type Command, useCommands } from "./useCommands";
import { useJob, useStartJob } from "./useJob";

interface Props {
  command: string;
  /** The label of the button. */
  submit: string;
  /** Parameters that the page has chosen already; they have no input. */
  chosen?: Readonly<Record<string, FieldValue>>;
}

/** A form with an input for each parameter of a command, built from the engine's schema. */
export function CommandForm({ command, submit, chosen = {} }: Props) {
  const commands = useCommands();
  const may = useMay("change_offers");
  if (!may) return <p className="quiet">Commands are started by marketers and admins.</p>;
  if (commands.error) return <Failure error={commands.error} retry={() => void commands.refetch()} />;
  const known = commands.data?.commands.find(({ name }) => name === command);
  if (!commands.data || !known) return <Loading lines={2} />;
  return <Fields command={known} currency={commands.data.currency} submit={submit} chosen={chosen} />;
}

interface FieldsProps {
  command: Command;
  currency: string;
  submit: string;
  chosen: Record<string, FieldValue>;
}

function Fields({ command, currency, submit, chosen }: FieldsProps) {
  const start = useStartJob();
  const running = useJob().data?.state === "running";
  const [values, setValues] = useState<Record<string, FieldValue>>({});
  const fields = useMemo(
    () => fieldsOf(command.params, currency).filter(({ name }) => !(name in chosen)),
    [command.params, currency, chosen],
  );
  return (
    <form
      className="command-form"
      aria-label={words(command.name)}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate({ command: command.name, ...paramsOf(fields, values), ...chosen });
      }}
    >
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={values[field.name] ?? field.initial}
          onChange={(value) => {
            setValues((before) => ({ ...before, [field.name]: value }));
          }}
        />
      ))}
      <Button type="submit" loading={start.isPending} disabled={running}>
        {submit}
      </Button>
      {start.error && <span role="alert">{start.error.message}</span>}
    </form>
  );
}

function FieldInput(props: { field: CommandField; value: FieldValue; onChange: (value: FieldValue) => void }) {
  const { field, value, onChange } = props;
  // A field with a default must not be emptied: the form shows what the command is told.
  const shared = { label: field.label, title: field.help, required: field.required || field.initial !== "" };
  if (field.kind === "choice") {
    return (
      <NativeSelect
        {...shared}
        value={String(value)}
        data={field.choices.map((choice) => ({ value: choice, label: words(choice) }))}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      />
    );
  }
  if (field.kind === "switch") {
    return (
      <Checkbox
        label={field.label}
        title={field.help}
        checked={value === true}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
    );
  }
  if (field.kind === "number") {
    return (
      <NumberInput
        {...shared}
        value={value as string | number}
        {...(field.min === undefined ? {} : { min: field.min })}
        {...(field.max === undefined ? {} : { max: field.max })}
        allowDecimal={!field.integer}
        onChange={onChange}
      />
    );
  }
  return (
    <TextInput
      {...shared}
      value={String(value)}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
