import { Badge, Button, Collapse, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { SearchIcon } from "../../components/icons";
import { FilterFields } from "./FilterFields";
import type { FilterName, Filters } from "./filters";

const SEARCH_WAIT_MS = 250;
const SWITCHES: [FilterName, string][] = [
  ["handed_over", "Person wanted"],
  ["fallback", "Not understood"],
  ["flagged", "Flagged"],
  ["taken", "Taken over"],
];

/** A search, four switches, and the other filters behind a button. */
export function FilterBar({ filters, change }: { filters: Filters; change: (changes: Filters) => void }) {
  const shown = new Set<string>(["q", ...SWITCHES.map(([name]) => name)]);
  const hidden = Object.keys(filters).filter((name) => !shown.has(name)).length;
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
        <FilterFields filters={filters} change={change} />
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
