import { Alert } from "@mantine/core";
import type { Verdict } from "../../app/api";
import { estimate, words } from "../../components/values/format";

const ESTIMATES = ["running", "lower", "upper", "ips", "snips", "dr", "dr_os"] as const;

/** The gate's verdict on the last release. */
export function GateVerdict({ version, verdict, released }: { version: number; verdict: Verdict; released: boolean }) {
  return (
    <Alert color={released ? "teal" : "orange"} title={`Version ${version} ${released ? "is live" : "was refused"}`}>
      <p>{words(verdict.reason)}.</p>
      <dl className="numbers">
        <div>
          <dt>Decisions</dt>
          <dd>{verdict.decisions}</dd>
        </div>
        {ESTIMATES.map((name) => (
          <div key={name}>
            <dt>{words(name)}</dt>
            <dd>{estimate(verdict[name])}</dd>
          </div>
        ))}
      </dl>
    </Alert>
  );
}
