import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type PromotedReply, type Verdict } from "../../app/api";

/** Either a release, or a rollback: `rollBackTo` null undoes the last release. */
type Change = { release: number } | { rollBackTo: number | null; ignoreRewards: boolean };

/** Releases a policy version or rolls back, and keeps the gate's verdict on the last release. */
export function usePolicyRelease(onRollback: () => void) {
  const queries = useQueryClient();
  const [verdict, setVerdict] = useState<{ version: number; verdict: Verdict; released: boolean } | null>(null);
  const change = useMutation({
    mutationFn: async (change: Change) => {
      if ("release" in change) {
        const answer = await request<PromotedReply>("POST", `policies/${change.release}/promotion`, {});
        setVerdict({ version: change.release, verdict: answer.verdict, released: answer.moved !== null });
      } else {
        setVerdict(null);
        await request("POST", "policy-rollbacks", { to: change.rollBackTo, set_aside: change.ignoreRewards });
        onRollback();
      }
    },
    onSettled: () => queries.invalidateQueries(),
  });
  return { change, verdict };
}
