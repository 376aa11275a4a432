import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useState } from "react";
import { fullMoment } from "../../components/values/format";
import { CommandForm } from "./CommandForm";
import { useJob, useStartJob } from "./useJob";

/** When a document was made, a button that runs its command again, and the command's settings. */
export function MadeAt({ command, at }: { command: string; at: string }) {
  const may = useMay("change_offers");
  const [open, setOpen] = useState(false);
  return (
    <footer className="made quiet">
      Made {fullMoment(at)} by <code>promobot strategy {command}</code>{" "}
      <RunButton command={command} label="Run again" />{" "}
      {may && (
        <Button
          size="compact-sm"
          variant="subtle"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
          }}
        >
          Settings
        </Button>
      )}
      {open && <CommandForm command={command} submit="Run with these" />}
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
