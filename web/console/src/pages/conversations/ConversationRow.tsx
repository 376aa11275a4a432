import { Badge } from "@mantine/core";
import { type ConversationSummary, tagsOf } from "../../app/api";
import { moment, percent, words } from "../../components/values/format";
import { FlagIcon } from "../../components/icons";
import { Highlighted } from "./Highlighted";
import { around } from "./matches";

/** The height of a row, in pixels. */
export const ROW_HEIGHT = 92;

interface Props {
  row: ConversationSummary;
  search: string | undefined;
  current: boolean;
  open: (row: ConversationSummary) => void;
}

/** A conversation in the list. */
export function ConversationRow({ row, search, current, open }: Props) {
  const tags = tagsOf(row);
  const intents = tags.intent.filter((intent) => intent !== "nlu_fallback");
  const outcome = ["accepted", "declined", "proposed"].find((known) => tags.outcome.includes(known));
  return (
    <button
      type="button"
      className="row"
      aria-current={current ? "true" : undefined}
      onClick={() => {
        open(row);
      }}
    >
      <span className="row-top">
        <strong>{row.customer_id === null ? "Anonymous customer" : `Customer ${row.customer_id}`}</strong>
        {row.flagged && (
          <span className="flag" title="Flagged">
            <FlagIcon />
          </span>
        )}
        <time dateTime={row.last_message_at ?? row.started_at}>{moment(row.last_message_at ?? row.started_at)}</time>
      </span>
      <span className="row-text">
        {row.hit === null ? row.preview : <Highlighted text={around(row.hit, search)} search={search} />}
      </span>
      <span className="row-badges">
        {row.taken_by !== null && <RowBadge color="violet">{row.taken_by} answers</RowBadge>}
        {tags.assigned.map((name) => (
          <RowBadge key={name} color="grape">
            for {name}
          </RowBadge>
        ))}
        {row.handed_over && <RowBadge color="orange">Person wanted</RowBadge>}
        {row.fallback_count > 0 && <RowBadge color="red">Not understood</RowBadge>}
        {outcome && <RowBadge color={outcome === "accepted" ? "teal" : "gray"}>Offer {outcome}</RowBadge>}
        {tags.tag.map((tag) => (
          <RowBadge key={tag} color="blue">
            {tag}
          </RowBadge>
        ))}
        {intents.slice(0, 2).map((intent) => (
          <span key={intent} className="quiet">
            {words(intent)}
          </span>
        ))}
        {row.confidence !== null && row.confidence < 0.5 && (
          <span className="quiet" title="Lowest confidence of an intent">
            {percent(row.confidence)}
          </span>
        )}
      </span>
    </button>
  );
}

function RowBadge({ color, children }: { color: string; children: React.ReactNode }) {
  return (
    <Badge size="sm" radius="sm" variant="light" color={color} tt="none">
      {children}
    </Badge>
  );
}
