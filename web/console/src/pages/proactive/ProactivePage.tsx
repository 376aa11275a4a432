import { Button, Switch } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Triggers, type Trigger } from "../../app/api";
import { fullMoment } from "../../components/values/format";
import { PageLayout } from "../../components/PageLayout";
import { Empty, ErrorAlert, Loaded } from "../../components/states";
import { ACTIONS, Table } from "../../components/Table";
import { RuleForm } from "./RuleForm";
import { inWords } from "./rules";

/** The rules of proactive messages: when the widget writes first. */
export function ProactivePage() {
  const [editing, setEditing] = useState<Trigger | "new" | null>(null);
  const may = useMay("change_offers");
  const queries = useQueryClient();
  const rules = useQuery({
    queryKey: ["triggers"],
    queryFn: () => request<Triggers>("GET", "triggers"),
  });
  const reload = () => queries.invalidateQueries({ queryKey: ["triggers"] });
  const toggle = useMutation({
    mutationFn: ({ trigger_id, enabled, rule }: Trigger) =>
      request("PUT", `triggers/${trigger_id}`, { enabled: !enabled, rule }),
    onSettled: reload,
  });
  const remove = useMutation({
    mutationFn: (id: string) => request("DELETE", `triggers/${id}`),
    onSettled: reload,
  });
  return (
    <PageLayout
      title="Proactive messages"
      lead="When all conditions of a rule hold, the engine decides whether the bot makes an offer."
      action={
        may && (
          <Button
            variant="light"
            onClick={() => {
              setEditing("new");
            }}
          >
            New rule
          </Button>
        )
      }
    >
      <ErrorAlert error={toggle.error ?? remove.error} />
      {editing && (
        <RuleForm
          key={editing === "new" ? "new" : editing.trigger_id}
          trigger={editing === "new" ? null : editing}
          close={() => {
            setEditing(null);
          }}
        />
      )}
      <Loaded query={rules} lines={3}>
        {({ triggers }) =>
          triggers.length === 0 ? (
            <Empty title="No rules yet">The widget waits until the shopper writes.</Empty>
          ) : (
            <Table head={["Rule", "When", "At most", "Changed", ACTIONS]}>
              {triggers.map((trigger) => (
                <RuleRow
                  key={trigger.trigger_id}
                  trigger={trigger}
                  toggle={() => {
                    toggle.mutate(trigger);
                  }}
                  edit={() => {
                    setEditing(trigger);
                  }}
                  remove={() => {
                    remove.mutate(trigger.trigger_id);
                  }}
                />
              ))}
            </Table>
          )
        }
      </Loaded>
    </PageLayout>
  );
}

function RuleRow(props: { trigger: Trigger; toggle: () => void; edit: () => void; remove: () => void }) {
  const { trigger, toggle, edit, remove } = props;
  const may = useMay("change_offers");
  return (
    <tr>
      <td>
        <Switch label={trigger.trigger_id} checked={trigger.enabled} disabled={!may} onChange={toggle} />
      </td>
      <td>{inWords(trigger.rule)}</td>
      <td>{trigger.rule.per_day ?? 1} a day</td>
      <td>
        {fullMoment(trigger.changed_at)} <span className="quiet">by {trigger.changed_by}</span>
      </td>
      <td>
        {may && (
          <div className="facts">
            <Button size="compact-sm" variant="default" onClick={edit}>
              Change
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={`Delete the rule ${trigger.trigger_id}`}
              onClick={remove}
            >
              Delete
            </Button>
          </div>
        )}
      </td>
    </tr>
  );
}
