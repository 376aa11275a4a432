import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type ChangeReply, type ListedChange } from "../../app/api";
import { Text } from "../../components/fields";
import { ErrorAlert } from "../../components/states";

/** Says what the shop decided, where its own system does not; a failed request can be sent again as well. */
export function AnswerForm({ change }: { change: ListedChange }) {
  const [reference, setReference] = useState(change.shop_reference);
  const [reason, setReason] = useState("");
  const queries = useQueryClient();
  const path = `change-requests/${encodeURIComponent(change.change_request_id)}`;
  const act = useMutation({
    mutationFn: async (to: "confirmed" | "refused" | "again") => {
      if (to === "again") return request<ChangeReply>("POST", `${path}/retry`, {});
      const reply = await request<ChangeReply>("POST", `${path}/answer`, { state: to, reference, reason });
      if (reply.state !== to) throw new Error(`The shop has answered meanwhile: ${reply.state}.`);
      return reply;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["changes"] }),
  });
  return (
    <form
      className="card"
      aria-labelledby="change-answer"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <h2 id="change-answer">The shop's answer</h2>
      <p className="quiet">The bot passes it on as the shop's word. The first answer stands.</p>
      <ErrorAlert error={act.error} />
      <Text label="Shop's reference" maxLength={128} value={reference} change={setReference} />
      <Text label="Shop's words to the customer" maxLength={500} value={reason} change={setReason} />
      <div className="facts">
        <Button
          loading={act.isPending}
          onClick={() => {
            act.mutate("confirmed");
          }}
        >
          The shop confirmed
        </Button>
        <Button
          variant="default"
          disabled={act.isPending}
          onClick={() => {
            act.mutate("refused");
          }}
        >
          The shop refused
        </Button>
        {change.state === "failed" && (
          <Button
            variant="subtle"
            disabled={act.isPending}
            onClick={() => {
              act.mutate("again");
            }}
          >
            Send again
          </Button>
        )}
      </div>
    </form>
  );
}
