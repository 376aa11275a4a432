import { NumberInput, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Trigger, type TriggerRule } from "../../app/api";
import { Cents, FormActions, Text } from "../../components/fields";
import { ErrorAlert } from "../../components/states";

/** Creates a rule or changes it. */
export function RuleForm({ trigger, close }: { trigger: Trigger | null; close: () => void }) {
  const queries = useQueryClient();
  const [id, setId] = useState(trigger?.trigger_id ?? "");
  const [rule, setRule] = useState<TriggerRule>(trigger?.rule ?? { per_day: 1 });
  /** An empty value removes the condition. */
  const set = (name: keyof TriggerRule, value: string | number | boolean | null) => {
    const others = Object.entries(rule).filter(([key]) => key !== name);
    setRule({ per_day: 1, ...Object.fromEntries(value ? [...others, [name, value]] : others) });
  };
  const save = useMutation({
    mutationFn: () => request("PUT", `triggers/${encodeURIComponent(id)}`, { enabled: trigger?.enabled ?? true, rule }),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: ["triggers"] });
    },
  });
  const whole = (
    label: string,
    name: "seconds_on_page" | "scroll_percent" | "basket_left_s" | "per_day",
    max: number,
  ) => (
    <NumberInput
      label={label}
      min={1}
      max={max}
      allowDecimal={false}
      value={rule[name] ?? ""}
      onChange={(value) => {
        set(name, typeof value === "number" ? value : null);
      }}
    />
  );
  const text = (label: string, name: "url" | "custom_event", placeholder: string) => (
    <Text
      label={label}
      placeholder={placeholder}
      maxLength={200}
      value={rule[name] ?? ""}
      change={(value) => {
        set(name, value);
      }}
    />
  );
  return (
    <form
      className="card"
      aria-label={trigger ? `Change ${trigger.trigger_id}` : "A new rule"}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="cards">
        <Text
          label="Identifier of the rule"
          required
          disabled={trigger !== null}
          pattern="[a-z0-9\-]{1,64}"
          value={id}
          change={setId}
        />
        {text("Page", "url", "/basket*")}
        {whole("Seconds on the page", "seconds_on_page", 86_400)}
        {whole("Scrolled, in per cent", "scroll_percent", 100)}
        <Cents
          label="Basket from"
          value={rule.basket_from_cents ?? null}
          change={(cents) => {
            set("basket_from_cents", cents);
          }}
        />
        {whole("Seconds without activity, with a basket", "basket_left_s", 86_400)}
        {text("Event of the page", "custom_event", "looked_at_prices")}
        {whole("At most, a day", "per_day", 20)}
      </div>
      <Switch
        label="The pointer leaves the page at the top"
        checked={rule.exit_intent ?? false}
        onChange={(event) => {
          set("exit_intent", event.currentTarget.checked);
        }}
      />
      <ErrorAlert error={save.error} />
      <FormActions save="Save" saving={save.isPending} cancel={close} />
    </form>
  );
}
