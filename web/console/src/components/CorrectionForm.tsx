import { Alert, Autocomplete, Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ask, type MarkedEntity } from "../app/api";

export function useIntents() {
  return useQuery({
    queryKey: ["intents"],
    queryFn: () => ask<{ intents: { intent: string; trained: number; added: number }[] }>("GET", "language/intents"),
    staleTime: 30_000,
  });
}

interface Props {
  text: string;
  /** Where the meaning is sent: PUT for a message; without it the text is a new example. */
  path?: string;
  intent: string;
  entities: MarkedEntity[];
  close: () => void;
}

/** Which intent a text has, and which of its words are entities. */
export function CorrectionForm({ text, path, intent: first, entities: found, close }: Props) {
  const queries = useQueryClient();
  const intents = useIntents();
  const [intent, setIntent] = useState(first === "nlu_fallback" ? "" : first);
  const [entities, setEntities] = useState(found);
  const save = useMutation({
    mutationFn: () =>
      path === undefined
        ? ask("POST", "language/examples", { text, intent, entities })
        : ask("PUT", path, { intent, entities }),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries();
    },
  });
  return (
    <form
      className="decision"
      aria-label="Correction"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Autocomplete
        size="xs"
        label="Intent"
        required
        withAsterisk={false}
        value={intent}
        onChange={setIntent}
        data={(intents.data?.intents ?? []).map((one) => one.intent)}
        limit={12}
        maxLength={64}
      />
      <Marking text={text} entities={entities} change={setEntities} />
      {save.error && (
        <Alert color="red" role="alert" p="xs">
          {save.error.message}
        </Alert>
      )}
      <div className="facts">
        <Button type="submit" size="compact-sm" loading={save.isPending} disabled={!intent.trim()}>
          Save
        </Button>
        <Button size="compact-sm" variant="default" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** Entities by selecting words of the text. */
function Marking({
  text,
  entities,
  change,
}: {
  text: string;
  entities: MarkedEntity[];
  change: (to: MarkedEntity[]) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const add = () => {
    const [start, end] = [field.current?.selectionStart ?? 0, field.current?.selectionEnd ?? 0];
    const others = entities.filter((one) => one.end <= start || one.start >= end);
    if (end > start && name.trim()) {
      change([...others, { start, end, entity: name.trim() }].sort((one, other) => one.start - other.start));
    }
  };
  return (
    <>
      <TextInput size="xs" label="Words of an entity, selected here" ref={field} value={text} readOnly />
      <div className="pair">
        <TextInput
          size="xs"
          aria-label="Name of the entity"
          placeholder="Name of the entity"
          maxLength={64}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button size="xs" variant="default" onClick={add}>
          Mark
        </Button>
      </div>
      <div className="facts">
        {entities.map((one) => (
          <button
            key={`${one.start} ${one.entity}`}
            type="button"
            className="chip"
            aria-label={`Remove the entity ${one.entity}`}
            onClick={() => {
              change(entities.filter((other) => other !== one));
            }}
          >
            {text.slice(one.start, one.end)} → {one.entity} ×
          </button>
        ))}
      </div>
    </>
  );
}
