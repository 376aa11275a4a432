import { Button, Kbd } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useLocation, useParams, useSearchParams } from "wouter";
import type { ConversationSummary } from "../../app/api";
import { DownloadIcon } from "../../components/icons";
import { Empty } from "../../components/states";
import { ConversationList } from "./ConversationList";
import { FilterBar } from "./FilterBar";
import { type Filters, readFilters, toQuery } from "./filters";
import { SavedViews } from "./SavedViews";
import { Transcript } from "./transcript/Transcript";

/** The list of conversations on the left, the open conversation on the right. */
export function ConversationsPage() {
  const { id } = useParams<{ id?: string }>();
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search);
  const query = toQuery(filters);
  const [, navigate] = useLocation();
  const mayExport = useMay("export");
  const change = (changes: Filters) => {
    setSearch(new URLSearchParams(toQuery({ ...filters, ...changes })), { replace: true });
  };
  const at = Number(search.get("at")) || null;
  const open = ({ conversation_id, hit_seq }: ConversationSummary) => {
    const target = toQuery(filters, hit_seq === null ? {} : { at: String(hit_seq) });
    navigate(`/conversations/${encodeURIComponent(conversation_id)}${target ? `?${target}` : ""}`);
  };
  return (
    <div className="inbox" data-open={id !== undefined}>
      <section className="inbox-list" aria-label="Conversations">
        <header className="inbox-head">
          <h1>Conversations</h1>
          {mayExport && (
            <Button
              component="a"
              href={`/admin/api/export.csv${query ? `?${query}` : ""}`}
              download
              variant="default"
              size="xs"
              leftSection={<DownloadIcon />}
            >
              Export CSV
            </Button>
          )}
        </header>
        <SavedViews
          query={query}
          show={(saved) => {
            setSearch(new URLSearchParams(saved), { replace: true });
          }}
        />
        <FilterBar filters={filters} change={change} />
        <ConversationList query={query} search={filters.q} openId={id} open={open} />
        <footer className="keys quiet">
          <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> next, previous <Kbd size="xs">/</Kbd> search
        </footer>
      </section>
      {id === undefined ? (
        <Empty title="No conversation is open">Select a conversation, or press j for the first.</Empty>
      ) : (
        <Transcript key={`${id} ${at ?? ""}`} id={id} at={at} search={filters.q} query={query} />
      )}
    </div>
  );
}
