import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { fullMoment } from "../../components/values/format";
import { useJob, useStartJob } from "./useJob";

/** When a document was made, and a button that runs its command again. */
export function MadeAt({ command, at }: { command: string; at: string }) {
  return (
    <footer className="made quiet">
      Made {fullMoment(at)} by <code>promobot strategy {command}</code>{" "}
      <RunButton command={command} label="Run again" />
    </footer>
  );
}

/** The button that starts a command, for those who may. */
export function RunButton({ command, label }: { command: string; label: string }) {
  const may = useMay("change_offers");
  const start = useStartJob();
  const running = useJob().data?.state === "running";
  if (!may) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={start.isPending}
        disabled={running}
        onClick={() => {
          start.mutate({ command });
        }}
      >
        {label}
      </Button>
      {start.error && <span role="alert">{start.error.message}</span>}
    </>
  );
}
