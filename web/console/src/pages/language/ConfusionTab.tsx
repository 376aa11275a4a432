import { useQuery } from "@tanstack/react-query";
import { request, type Confusions } from "../../app/api";
import { moment, percent } from "../../components/values/format";
import { Empty, Loaded } from "../../components/states";
import { ConfusionMatrix } from "./ConfusionMatrix";

/** Which intents the bot takes for which, by corrections and by the latest test. */
export function ConfusionTab() {
  const confusions = useQuery({
    queryKey: ["confusions"],
    queryFn: () => request<Confusions>("GET", "language/confusions"),
  });
  return (
    <Loaded query={confusions} lines={4}>
      {({ corrections, evaluation }) => (
        <>
          <div className="card">
            <h2>Corrected messages</h2>
            <p className="quiet">
              Rows are intents that shoppers meant, columns those that the bot recognised. Confirmed messages lie on the
              diagonal.
            </p>
            {corrections.length === 0 ? (
              <Empty title="No corrections yet">Correct messages in the inbox or beside a conversation.</Empty>
            ) : (
              <ConfusionMatrix confusions={corrections} />
            )}
          </div>
          <div className="card">
            <h2>Latest test of the language model</h2>
            {evaluation === null ? (
              <Empty title="No test report">rasa test nlu --out results writes the report that appears here.</Empty>
            ) : (
              <>
                <p className="quiet">
                  intent_report.json of {moment(new Date(evaluation.made_at * 1000).toISOString())}
                  {evaluation.accuracy !== null && `, ${percent(evaluation.accuracy, 1)} right`}. The table shows the
                  intents with the most confusions.
                </p>
                <ConfusionMatrix confusions={evaluation.confusions} />
              </>
            )}
          </div>
        </>
      )}
    </Loaded>
  );
}
