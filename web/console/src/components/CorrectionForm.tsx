import { Autocomplete, Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { request, type MarkedEntity, type Intents } from "../app/api";
import { FormActions, Text } from "./fields";
import { ErrorAlert } from "./states";

/** Every intent, with the number of its trained and of its added examples. */
export function useIntents() {
  return useQuery({
    queryKey: ["intents"],
    queryFn: () => request<Intents>("GET", "language/intents"),
    staleTime: 30_000,
  });
}

interface Props {
  text: string;
  /** The path that takes the correction of a message; without it the text becomes a new example. */
  path?: string;
  intent: string;
  entities: MarkedEntity[];
  close: () => void;
}

/** Sets the intent of a text and marks the entities in it. */
export function CorrectionForm({ text, path, intent: first, entities: found, close }: Props) {
  const queries = useQueryClient();
  const intents = useIntents();
  const [intent, setIntent] = useState(first === "nlu_fallback" ? "" : first);
  const [entities, setEntities] = useState(found);
  const save = useMutation({
    mutationFn: () =>
      path === undefined
        ? request("POST", "language/examples", { text, intent, entities })
        : request("PUT", path, { intent, entities }),
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
        data={(intents.data?.intents ?? []).map((known) => known.intent)}
        limit={12}
        maxLength={64}
      />
      <EntityMarker text={text} entities={entities} change={setEntities} />
      <ErrorAlert error={save.error} />
      <FormActions save="Save" saving={save.isPending} cancel={close} disabled={!intent.trim()} small />
    </form>
  );
}

/** Marks entities: select words of the text, enter a name. */
function EntityMarker({
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
    const others = entities.filter((entity) => entity.end <= start || entity.start >= end);
    if (end > start && name.trim()) {
      change([...others, { start, end, entity: name.trim() }].sort((a, b) => a.start - b.start));
    }
  };
  return (
    <>
      <TextInput size="xs" label="Select the words of an entity here" ref={field} value={text} readOnly />
      <div className="pair">
        <Text
          size="xs"
          aria-label="Name of the entity"
          placeholder="Name of the entity"
          maxLength={64}
          value={name}
          change={setName}
        />
        <Button size="xs" variant="default" onClick={add}>
          Mark
        </Button>
      </div>
      <div className="facts">
        {entities.map((entity) => (
          <button
            key={`${entity.start} ${entity.entity}`}
            type="button"
            className="chip"
            aria-label={`Remove the entity ${entity.entity}`}
            onClick={() => {
              change(entities.filter((other) => other !== entity));
            }}
          >
            {text.slice(entity.start, entity.end)} → {entity.entity} ×
          </button>
        ))}
      </div>
    </>
  );
}
