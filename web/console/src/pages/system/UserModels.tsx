import { Alert, Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, type ServingModel, type UserModels as Models } from "../../app/api";
import { fullMoment } from "../../components/values/format";
import { ErrorAlert, Failure, Loading } from "../../components/states";
import { ACTIONS, StatusBadge, Table } from "../../components/Table";
import { VERSION_COLORS } from "../../components/versions";

const HEAD = ["Version", "Kind", "Status", "Recall", "NDCG", "Trained after", "Trained", ACTIONS];
const KINDS: Record<string, string> = { catalogue: "Catalogue", counts: "Counts", lstm: "LSTM" };

/** A figure with the length of the lists that it judges, which is below ten in a shop with few categories. */
const judged = (figure: number | null, depth: number) =>
  figure === null ? "not measured" : `${figure.toFixed(4)} at ${String(depth)}`;
const releasePath = (version: string) => `user-models/${encodeURIComponent(version)}/promotion`;

/** Every trained version of the user model with its results on unseen weeks, and which one is live. */
export function UserModels() {
  const may = useMay("manage");
  const queries = useQueryClient();
  const models = useQuery({
    queryKey: ["user-models"],
    queryFn: () => request<Models>("GET", "user-models"),
    refetchInterval: 10_000,
  });
  const change = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object }) => request<ServingModel>("POST", path, body),
    onSettled: () => queries.invalidateQueries(),
  });
  if (models.error && !models.data) return <Failure error={models.error} retry={() => void models.refetch()} />;
  if (!models.data) return <Loading lines={2} />;
  const { running_version: running, models: versions } = models.data;
  const live = versions.find(({ status }) => status === "live");
  return (
    <div className="card">
      <header className="sheet-head">
        <h2>User models</h2>
        {may && versions.some(({ status }) => status === "retired") && (
          <Button
            size="compact-sm"
            variant="default"
            loading={change.isPending}
            onClick={() => {
              change.mutate({ path: "user-model-rollbacks", body: { serving_version: live?.model_version } });
            }}
          >
            Roll back
          </Button>
        )}
      </header>
      <p className="quiet">
        What predicts what a customer buys next: the catalogue without orders, counts in a small shop, an LSTM where it
        does better on weeks that it has not seen. A change computes the state of every customer again.
      </p>
      <ErrorAlert error={change.error} />
      {live && live.model_version !== running && (
        <Alert color="orange" role="status">
          The engine still decides with {running}; {live.model_version} serves{" "}
          {change.data?.restarts
            ? "in a few seconds, when the engine has restarted."
            : "after a restart of the engine."}
        </Alert>
      )}
      <Table head={HEAD}>
        {versions.map((model) => {
          const path = releasePath(model.model_version);
          return (
            <tr key={model.model_version}>
              <td>
                <code>{model.model_version}</code>
              </td>
              <td>{KINDS[model.kind] ?? model.kind}</td>
              <td>
                <StatusBadge color={VERSION_COLORS[model.status] ?? "gray"}>{model.status}</StatusBadge>
              </td>
              <td>{judged(model.recall_at_10, model.list_depth)}</td>
              <td>{judged(model.ndcg_at_10, model.list_depth)}</td>
              <td>{model.parent_version ?? "—"}</td>
              <td>{fullMoment(model.created_at)}</td>
              <td>
                {may && model.status !== "live" && (
                  <Button
                    size="compact-sm"
                    variant={model.status === "candidate" ? "filled" : "default"}
                    loading={change.isPending && change.variables.path === path}
                    disabled={change.isPending}
                    aria-label={`Release ${model.model_version}`}
                    onClick={() => {
                      change.mutate({ path, body: {} });
                    }}
                  >
                    Release
                  </Button>
                )}
              </td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}
