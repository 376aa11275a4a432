import { useQuery } from "@tanstack/react-query";
import { request, type SystemState } from "../../app/api";
import { fullMoment, milliseconds, words } from "../../components/values/format";
import { PageLayout } from "../../components/PageLayout";
import { Loaded } from "../../components/states";
import { PolicyVersions } from "./PolicyVersions";
import { UserModels } from "./UserModels";

const PARTS: Record<string, string> = {
  gateway: "Gateway: pages, chat, the log of record",
  log: "Conversation log",
  bot: "Rasa: language and dialogue",
  actions: "Rasa's actions: orders, help, offers",
  engine: "Promo engine: offers and learning",
};

/** The health of every process, the live models, and their versions. */
export function SystemPage() {
  const system = useQuery({
    queryKey: ["system"],
    queryFn: () => request<SystemState>("GET", "system"),
    refetchInterval: 5000,
  });
  return (
    <Loaded query={system} lines={5}>
      {({ parts, policy, chat, language_model: language }) => (
        <PageLayout title="System">
          <div className="cards">
            {parts.map((part) => (
              <div key={part.name} className="card" data-state={part.state}>
                <span className="state">
                  <span className="lamp" /> {part.state === "ok" ? "OK" : "No answer"}
                </span>
                <strong>{words(part.name)}</strong>
                <span className="quiet">{PARTS[part.name]}</span>
                <span className="quiet">{part.message ?? `answered in ${milliseconds(part.ms)}`}</span>
              </div>
            ))}
          </div>
          <div className="cards wide">
            <div className="card">
              <h2>Live models</h2>
              {policy ? (
                <dl>
                  <Fact name="Policy version" value={policy.policy_version} />
                  <Fact name="Created" value={fullMoment(policy.created_at)} />
                  <Fact name="Rewards learned" value={policy.reward_count} />
                  <Fact name="Pending rewards" value={policy.rewards_waiting} />
                  <Fact name="User model" value={policy.model_version} />
                  <Fact name="Language model" value={language ?? "—"} />
                </dl>
              ) : (
                <span className="quiet">The engine does not answer.</span>
              )}
            </div>
            <div className="card">
              <h2>Chat since the gateway started</h2>
              <dl>
                <Fact name="Open connections" value={chat.open_sockets} />
                <Fact name="Messages waiting for the bot" value={chat.queued_turns} />
                <Fact name="Turns answered" value={chat.turns_answered} />
                <Fact name="Turns failed" value={chat.turns_failed} />
                <Fact
                  name="Mean answer time"
                  value={chat.mean_turn_ms === null ? "—" : milliseconds(chat.mean_turn_ms)}
                />
                <Fact name="Exposures to report" value={chat.exposures_waiting} />
              </dl>
            </div>
          </div>
          <PolicyVersions />
          <UserModels />
        </PageLayout>
      )}
    </Loaded>
  );
}

function Fact({ name, value }: { name: string; value: string | number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
