import { Badge, Button, Collapse, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ask, type Facets } from "../../app/api";
import { dayToMoment, momentToDay } from "../../components/dates";
import type { FilterName, Filters } from "./filters";
import { words } from "../../components/format";
import { SearchIcon } from "../../components/icons";

const SEARCH_WAIT_MS = 250;
const SWITCHES: [FilterName, string][] = [
  ["handed_over", "Person wanted"],
  ["fallback", "Not understood"],
  ["flagged", "Flagged"],
  ["taken", "Taken over"],
];
const FACETS: [keyof Facets, string][] = [
  ["intent", "Intent"],
  ["sentiment", "Sentiment"],
  ["offer", "Offer"],
  ["outcome", "Outcome"],
  ["tag", "Tag"],
  ["rating", "Rating"],
  ["assigned", "Looked after by"],
];

const AS_THEY_ARE = new Set(["tag", "offer", "rating", "assigned"]);

/** Search, four switches, and everything else one may filter by. */
export function FilterBar({ filters, change }: { filters: Filters; change: (changes: Filters) => void }) {
  const hidden = Object.keys(filters).filter((name) => name !== "q" && !SWITCHES.some(([one]) => one === name)).length;
  const [more, setMore] = useState(hidden > 0);
  return (
    <div className="filters">
      <Search value={filters.q ?? ""} change={change} />
      <div className="switches">
        {SWITCHES.map(([name, label]) => (
          <Button
            key={name}
            size="compact-xs"
            radius="xl"
            variant={filters[name] === "true" ? "filled" : "default"}
            aria-pressed={filters[name] === "true"}
            onClick={() => {
              change({ [name]: filters[name] === "true" ? "" : "true" });
            }}
          >
            {label}
          </Button>
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          aria-expanded={more}
          rightSection={
            hidden > 0 ? (
              <Badge size="xs" circle>
                {hidden}
              </Badge>
            ) : null
          }
          onClick={() => {
            setMore(!more);
          }}
        >
          {more ? "Fewer filters" : "More filters"}
        </Button>
      </div>
      <Collapse expanded={more}>
        <Details filters={filters} change={change} />
      </Collapse>
    </div>
  );
}

function Search({ value, change }: { value: string; change: (changes: Filters) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    setText(value);
  }, [value]);
  const search = useDebouncedCallback((q: string) => {
    change({ q });
  }, SEARCH_WAIT_MS);
  return (
    <TextInput
      id="search"
      type="search"
      aria-label="Search in messages"
      placeholder="Search in messages"
      leftSection={<SearchIcon />}
      maxLength={200}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

function Details({ filters, change }: { filters: Filters; change: (changes: Filters) => void }) {
  const facets = useQuery({
    queryKey: ["facets"],
    queryFn: () => ask<Facets>("GET", "facets"),
    refetchInterval: 15_000,
  });
  return (
    <div className="filter-grid">
      {FACETS.map(([name, label]) => (
        <NativeSelect
          key={name}
          size="xs"
          label={label}
          value={filters[name] ?? ""}
          data={[
            { value: "", label: "Any" },
            ...choices(facets.data?.[name], filters[name]).map((value) => ({
              value,
              label: AS_THEY_ARE.has(name) ? value : words(value),
            })),
          ]}
          onChange={(event) => {
            change({ [name]: event.currentTarget.value });
          }}
        />
      ))}
      <NativeSelect
        size="xs"
        label="Least sure intent"
        value={filters.confidence_below ?? ""}
        data={[
          { value: "", label: "Any" },
          { value: "0.3", label: "Below 30 %" },
          { value: "0.5", label: "Below 50 %" },
          { value: "0.7", label: "Below 70 %" },
          { value: "0.9", label: "Below 90 %" },
        ]}
        onChange={(event) => {
          change({ confidence_below: event.currentTarget.value });
        }}
      />
      <TextInput
        size="xs"
        label="Customer"
        value={filters.customer ?? ""}
        maxLength={64}
        onChange={(event) => {
          change({ customer: event.currentTarget.value });
        }}
      />
      <TextInput
        size="xs"
        label="Policy version"
        inputMode="numeric"
        value={filters.policy ?? ""}
        maxLength={10}
        onChange={(event) => {
          change({ policy: event.currentTarget.value });
        }}
      />
      <TextInput
        size="xs"
        label="Policy line"
        inputMode="numeric"
        value={filters.policy_line ?? ""}
        maxLength={10}
        onChange={(event) => {
          change({ policy_line: event.currentTarget.value });
        }}
      />
      <TextInput
        size="xs"
        type="date"
        label="From"
        value={momentToDay(filters.started_from)}
        onChange={(event) => {
          const day = event.currentTarget.value;
          change({ started_from: day && dayToMoment(day) });
        }}
      />
      <TextInput
        size="xs"
        type="date"
        label="Until"
        value={momentToDay(filters.started_until, -1)}
        onChange={(event) => {
          const day = event.currentTarget.value;
          change({ started_until: day && dayToMoment(day, 1) });
        }}
      />
      <NativeSelect
        size="xs"
        label="Channel"
        value={filters.channel ?? ""}
        data={[
          { value: "", label: "Any" },
          { value: "web", label: "Web" },
        ]}
        onChange={(event) => {
          change({ channel: event.currentTarget.value });
        }}
      />
      <Button
        size="xs"
        variant="default"
        className="clear"
        onClick={() => {
          change(Object.fromEntries(Object.keys(filters).map((name) => [name, ""])));
        }}
      >
        Clear all
      </Button>
    </div>
  );
}

/** The value in the address stays a choice, whether or not a conversation has it. */
function choices(known: string[] | undefined, chosen: string | undefined): string[] {
  const values = known ?? [];
  return chosen && !values.includes(chosen) ? [chosen, ...values] : values;
}
