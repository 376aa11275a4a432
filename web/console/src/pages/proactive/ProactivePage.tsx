import { Alert, Button, NumberInput, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../app/api";
import { inUnits } from "@promobot/shared/money";
import { useMay } from "@promobot/shared/session";
import { fullMoment, words } from "../../components/format";
import { Cents } from "../../components/fields";
import { Empty, Failure, Loading } from "../../components/states";

interface Rule {
  url?: string;
  seconds_on_page?: number;
  scroll_percent?: number;
  basket_from_cents?: number;
  basket_left_s?: number;
  exit_intent?: boolean;
  custom_event?: string;
  per_day: number;
}

interface Trigger {
  trigger_id: string;
  enabled: boolean;
  rule: Rule;
  changed_at: string;
  changed_by: string;
}

/** Rules by which the widget speaks first. */
export function TriggersPage() {
  const [editing, setEditing] = useState<Trigger | "new" | null>(null);
  const may = useMay("change_offers");
  const queries = useQueryClient();
  const rules = useQuery({ queryKey: ["triggers"], queryFn: () => ask<{ triggers: Trigger[] }>("GET", "triggers") });
  const change = useMutation({
    mutationFn: (trigger: Trigger) =>
      ask("PUT", `triggers/${trigger.trigger_id}`, { enabled: !trigger.enabled, rule: trigger.rule }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["triggers"] }),
  });
  const remove = useMutation({
    mutationFn: (id: string) => ask("DELETE", `triggers/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ["triggers"] }),
  });
  const failed = change.error ?? remove.error;
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Speaking first</h1>
          <p className="quiet">
            Where everything that a rule asks for holds at once, the engine is asked; it may still decide for silence.
          </p>
        </div>
        {may && (
          <Button
            variant="light"
            onClick={() => {
              setEditing("new");
            }}
          >
            New rule
          </Button>
        )}
      </header>
      {failed && (
        <Alert color="red" role="alert">
          {failed.message}
        </Alert>
      )}
      {editing && (
        <RuleForm
          key={editing === "new" ? "new" : editing.trigger_id}
          trigger={editing === "new" ? null : editing}
          close={() => {
            setEditing(null);
          }}
        />
      )}
      {rules.error ? (
        <Failure error={rules.error} retry={() => void rules.refetch()} />
      ) : !rules.data ? (
        <Loading lines={3} />
      ) : rules.data.triggers.length === 0 ? (
        <Empty title="No rules yet">The widget waits until the shopper writes.</Empty>
      ) : (
        <table className="offers">
          <thead>
            <tr>
              <th>Rule</th>
              <th>When</th>
              <th>At most</th>
              <th>Changed</th>
              <th>
                <span className="unseen">What may be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rules.data.triggers.map((trigger) => (
              <tr key={trigger.trigger_id}>
                <td>
                  <Switch
                    label={trigger.trigger_id}
                    checked={trigger.enabled}
                    disabled={!may}
                    onChange={() => {
                      change.mutate(trigger);
                    }}
                  />
                </td>
                <td>{inWords(trigger.rule)}</td>
                <td>{trigger.rule.per_day} a day</td>
                <td>
                  {fullMoment(trigger.changed_at)} <span className="quiet">by {trigger.changed_by}</span>
                </td>
                <td>
                  {may && (
                    <div className="facts">
                      <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => {
                          setEditing(trigger);
                        }}
                      >
                        Change
                      </Button>
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        color="red"
                        aria-label={`Delete the rule ${trigger.trigger_id}`}
                        onClick={() => {
                          remove.mutate(trigger.trigger_id);
                        }}
                      >
                        Delete
                      </Button>
                    </div>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function inWords(rule: Rule): string {
  const parts = [
    rule.url && `on ${rule.url}`,
    rule.seconds_on_page && `after ${rule.seconds_on_page} s on the page`,
    rule.scroll_percent && `scrolled ${rule.scroll_percent} %`,
    rule.basket_from_cents && `a basket from ${inUnits(rule.basket_from_cents)}`,
    rule.basket_left_s && `a basket left alone for ${rule.basket_left_s} s`,
    rule.exit_intent && "the pointer leaves the page",
    rule.custom_event && `the page says ${rule.custom_event}`,
  ].filter((part): part is string => Boolean(part));
  return words(parts.join(", "));
}

function RuleForm({ trigger, close }: { trigger: Trigger | null; close: () => void }) {
  const queries = useQueryClient();
  const [id, setId] = useState(trigger?.trigger_id ?? "");
  const [rule, setRule] = useState<Rule>(trigger?.rule ?? { per_day: 1 });
  const set = (name: keyof Rule, value: string | number | boolean | null) => {
    const others = Object.entries(rule).filter(([one]) => one !== name);
    setRule({ per_day: 1, ...Object.fromEntries(value ? [...others, [name, value]] : others) });
  };
  const save = useMutation({
    mutationFn: () => ask("PUT", `triggers/${encodeURIComponent(id)}`, { enabled: trigger?.enabled ?? true, rule }),
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
    <TextInput
      label={label}
      placeholder={placeholder}
      maxLength={200}
      value={rule[name] ?? ""}
      onChange={(event) => {
        set(name, event.currentTarget.value);
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
        <TextInput
          label="Identifier of the rule"
          required
          withAsterisk={false}
          disabled={trigger !== null}
          pattern="[a-z0-9\-]{1,64}"
          value={id}
          onChange={(event) => {
            setId(event.currentTarget.value);
          }}
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
        {whole("Seconds a basket is left alone", "basket_left_s", 86_400)}
        {text("An event of the page", "custom_event", "looked_at_prices")}
        {whole("At most so often a day", "per_day", 20)}
      </div>
      <Switch
        label="When the pointer leaves the page at its top"
        checked={rule.exit_intent ?? false}
        onChange={(event) => {
          set("exit_intent", event.currentTarget.checked);
        }}
      />
      {save.error && (
        <Alert color="red" role="alert">
          {save.error.message}
        </Alert>
      )}
      <div className="facts">
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
