import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request, type Tags } from "../../app/api";
import { dayToMoment, momentToDay } from "../../components/values/dates";
import { Choice, Text } from "../../components/fields";
import { words } from "../../components/values/format";
import type { FilterName, Filters } from "./filters";

const TAG_FILTERS: [keyof Tags & FilterName, string][] = [
  ["intent", "Intent"],
  ["sentiment", "Sentiment"],
  ["offer", "Offer"],
  ["outcome", "Outcome"],
  ["tag", "Tag"],
  ["rating", "Rating"],
  ["assigned", "Assigned to"],
];
/** Filters whose values people or the shop have written; the others are names of the bot. */
const WRITTEN = new Set<FilterName>(["tag", "offer", "rating", "assigned"]);
const ANY = { value: "", label: "Any" };
const CONFIDENCES = ["0.3", "0.5", "0.7", "0.9"];

/** Every filter that needs a choice or a text. */
export function FilterFields({ filters, change }: { filters: Filters; change: (changes: Filters) => void }) {
  const tags = useQuery({
    queryKey: ["tags"],
    queryFn: () => request<Tags>("GET", "facets"),
    refetchInterval: 15_000,
  });
  const field = (name: FilterName) => ({
    size: "xs",
    value: filters[name] ?? "",
    change: (value: string) => {
      change({ [name]: value });
    },
  });
  return (
    <div className="filter-grid">
      {TAG_FILTERS.map(([name, label]) => (
        <Choice
          key={name}
          label={label}
          {...field(name)}
          data={[
            ANY,
            ...choices(tags.data?.[name], filters[name]).map((value) => ({
              value,
              label: WRITTEN.has(name) ? value : words(value),
            })),
          ]}
        />
      ))}
      <Choice
        label="Lowest confidence"
        {...field("confidence_below")}
        data={[ANY, ...CONFIDENCES.map((value) => ({ value, label: `Below ${Number(value) * 100} %` }))]}
      />
      <Text label="Customer" maxLength={64} {...field("customer")} />
      <Text label="Policy version" inputMode="numeric" maxLength={10} {...field("policy")} />
      <Text label="Policy branch" inputMode="numeric" maxLength={10} {...field("policy_line")} />
      <Text
        size="xs"
        type="date"
        label="From"
        value={momentToDay(filters.started_from)}
        change={(day) => {
          change({ started_from: day && dayToMoment(day) });
        }}
      />
      <Text
        size="xs"
        type="date"
        label="Until"
        value={momentToDay(filters.started_until, -1)}
        change={(day) => {
          change({ started_until: day && dayToMoment(day, 1) });
        }}
      />
      <Choice label="Channel" {...field("channel")} data={[ANY, { value: "web", label: "Web" }]} />
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

/** The known values, and the chosen value even where no conversation has it. */
function choices(known: string[] | undefined, chosen: string | undefined): string[] {
  const values = known ?? [];
  return chosen && !values.includes(chosen) ? [chosen, ...values] : values;
}
