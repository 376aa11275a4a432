import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, type Training, type Trainings as TrainingList } from "../../app/api";
import { ErrorAlert, Loaded } from "../../components/states";
import { ACTIONS, StatusBadge, Table } from "../../components/Table";
import { moment } from "../../components/values/format";
import { checkInWords } from "./suggestions";

const COLOURS: Record<Training["state"], string> = {
  running: "blue",
  live: "green",
  refused: "orange",
  failed: "red",
  undone: "gray",
};

/** Trainings with what was accepted: whether each went live, and if not, why. */
export function Trainings() {
  const queries = useQueryClient();
  const may = useMay("manage");
  const trainings = useQuery({
    queryKey: ["trainings"],
    queryFn: () => request<TrainingList>("GET", "language/trainings"),
    refetchInterval: 5_000,
  });
  const change = useMutation({
    mutationFn: (undo: number | null) =>
      undo === null ? request("POST", "language/trainings", {}) : request("PUT", `language/trainings/${undo}/undo`, {}),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Loaded query={trainings} lines={1}>
      {({ can_train, trainings: rows }) => (
        <section className="card" aria-label="Trainings">
          <div className="unsure">
            <p className="quiet">
              {can_train
                ? "What you accept is trained in the background. The new model answers when no check falls."
                : "What you accept waits for the next training by hand: no training command is set."}
            </p>
            {may && can_train && (
              <Button
                size="compact-sm"
                variant="default"
                loading={change.isPending || rows[0]?.state === "running"}
                onClick={() => {
                  change.mutate(null);
                }}
              >
                Train now
              </Button>
            )}
          </div>
          <ErrorAlert error={change.error} />
          {rows.length > 0 && (
            <div className="scroll">
              <Table slim head={["Training", "Started", "Examples", "Checks", ACTIONS]}>
                {rows.map((training) => (
                  <tr key={training.training_id}>
                    <td>
                      <StatusBadge color={COLOURS[training.state]}>{training.state}</StatusBadge>
                    </td>
                    <td>
                      {moment(training.started_at)} by {training.started_by}
                    </td>
                    <td>{training.example_count}</td>
                    <td>{training.message || training.checks.map(checkInWords).join(", ")}</td>
                    <td>
                      {may && training.can_undo && (
                        <Button
                          size="compact-sm"
                          variant="default"
                          disabled={change.isPending}
                          aria-label={`Undo training ${training.training_id}`}
                          onClick={() => {
                            change.mutate(training.training_id);
                          }}
                        >
                          Undo
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
            </div>
          )}
        </section>
      )}
    </Loaded>
  );
}
