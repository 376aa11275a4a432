import { Alert, Badge, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask, type ServingModel, type UserModels as Models } from "../../app/api";
import { useMay } from "@promobot/shared/session";
import { fullMoment } from "../../components/format";
import { Failure, Loading } from "../../components/states";

const COLORS: Record<string, string> = { live: "teal", candidate: "blue", retired: "gray" };

const promotion = (one: { model_version: string }) => `user-models/${encodeURIComponent(one.model_version)}/promotion`;

/** Trained versions of the user model: what each reached on weeks it had not seen, and which one serves. */
export function UserModels() {
  const may = useMay("manage");
  const queries = useQueryClient();
  const models = useQuery({
    queryKey: ["user-models"],
    queryFn: () => ask<Models>("GET", "user-models"),
    refetchInterval: 10_000,
  });
  const move = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object }) => ask<ServingModel>("POST", path, body),
    onSettled: () => queries.invalidateQueries(),
  });
  if (models.error && !models.data) return <Failure error={models.error} retry={() => void models.refetch()} />;
  if (!models.data) return <Loading lines={2} />;
  const { running_version: running, models: versions } = models.data;
  const live = versions.find((one) => one.status === "live");
  return (
    <div className="card">
      <header className="sheet-head">
        <h2>User models</h2>
        {may && versions.some((one) => one.status === "retired") && (
          <Button
            size="compact-sm"
            variant="default"
            loading={move.isPending}
            onClick={() => {
              move.mutate({ path: "user-model-rollbacks", body: { serving_version: live?.model_version } });
            }}
          >
            Back to the one before
          </Button>
        )}
      </header>
      <p className="quiet">
        The LSTM that says what a customer buys next, judged on weeks it has not seen. A move computes the state of
        every customer anew.
      </p>
      {move.error && (
        <Alert color="red" role="alert">
          {move.error.message}
        </Alert>
      )}
      {live && live.model_version !== running && (
        <Alert color="orange" role="status">
          The engine still decides with {running}; {live.model_version} serves{" "}
          {move.data?.restarts ? "in a few seconds, the engine is starting anew." : "once the engine is started again."}
        </Alert>
      )}
      <table className="offers">
        <thead>
          <tr>
            <th>Version</th>
            <th>Status</th>
            <th>Recall@10</th>
            <th>NDCG@10</th>
            <th>After</th>
            <th>Trained</th>
            <th>
              <span className="unseen">What may be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map((one) => (
            <tr key={one.model_version}>
              <td>
                <code>{one.model_version}</code>
              </td>
              <td>
                <Badge radius="sm" variant="light" tt="none" color={COLORS[one.status] ?? "gray"}>
                  {one.status}
                </Badge>
              </td>
              <td>{one.recall_at_10.toFixed(4)}</td>
              <td>{one.ndcg_at_10.toFixed(4)}</td>
              <td>{one.parent_version ?? "—"}</td>
              <td>{fullMoment(one.created_at)}</td>
              <td>
                {may && one.status !== "live" && (
                  <Button
                    size="compact-sm"
                    variant={one.status === "candidate" ? "filled" : "default"}
                    loading={move.isPending && move.variables.path === promotion(one)}
                    disabled={move.isPending}
                    aria-label={`Let it serve: ${one.model_version}`}
                    onClick={() => {
                      move.mutate({ path: promotion(one), body: {} });
                    }}
                  >
                    Let it serve
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
