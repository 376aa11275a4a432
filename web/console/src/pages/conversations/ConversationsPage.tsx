import { Badge, Button, Kbd } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useLocation, useParams, useSearchParams } from "wouter";
import { ask, type Digest, type Page } from "../../app/api";
import { useMay } from "@promobot/shared/session";
import { FilterBar } from "./FilterBar";
import { Marked } from "./Highlighted";
import { around } from "./matches";
import { SavedViews } from "./SavedViews";
import { type Filters, readFilters, toQuery } from "./filters";
import { moment, percent, words } from "../../components/format";
import { DownloadIcon, FlagIcon } from "../../components/icons";
import { Empty, Failure, Loading } from "../../components/states";
import { Transcript } from "./transcript/Transcript";

const ROW_HEIGHT = 92;
const PULSE_MS = 3000;
/** Codes are used at a checkout and tags given without anything being said. */
const REFRESH_MS = 10_000;
const REFRESHED_PAGES = 2;

/** The list on the left, the conversation that is open on the right. */
export function Conversations() {
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
  const open = ({ conversation_id, hit_seq }: Digest) => {
    const wanted = toQuery(filters, hit_seq === null ? {} : { at: String(hit_seq) });
    navigate(`/conversations/${encodeURIComponent(conversation_id)}${wanted ? `?${wanted}` : ""}`);
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
          show={(kept) => {
            setSearch(new URLSearchParams(kept), { replace: true });
          }}
        />
        <FilterBar filters={filters} change={change} />
        <List query={query} search={filters.q} openId={id} open={open} />
        <footer className="keys quiet">
          <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> next, previous <Kbd size="xs">/</Kbd> search
        </footer>
      </section>
      {id === undefined ? (
        <Empty title="No conversation is open">Pick one from the list, or press j for the first.</Empty>
      ) : (
        <Transcript key={`${id} ${at ?? ""}`} id={id} at={at} search={filters.q} query={query} />
      )}
    </div>
  );
}

interface ListProps {
  query: string;
  search: string | undefined;
  openId: string | undefined;
  open: (row: Digest) => void;
}

function List({ query, search, openId, open }: ListProps) {
  const pages = usePages(query);
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.conversations) ?? [], [pages.data]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const at = rows.findIndex((row) => row.conversation_id === openId);
  useKeys({
    j: () => {
      step(Math.min(at + 1, rows.length - 1));
    },
    k: () => {
      step(Math.max(at - 1, 0));
    },
  });
  const step = (to: number) => {
    const row = rows[to];
    if (!row) return;
    virtual.scrollToIndex(to, { align: "auto" });
    open(row);
  };

  if (pages.error) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isPending) return <Loading lines={7} />;
  if (rows.length === 0) {
    return query ? (
      <Empty title="Nothing fits">No conversation fits all of these filters.</Empty>
    ) : (
      <Empty title="No conversations yet">They appear here as soon as a shopper writes.</Empty>
    );
  }
  return (
    <div className="rows" ref={scroller} tabIndex={-1}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li key={row.conversation_id} style={{ transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}>
                <Row row={row} search={search} current={row.conversation_id === openId} open={open} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

/** Pages of the list; they are asked for again whenever something was said. */
function usePages(query: string) {
  const queries = useQueryClient();
  const pulse = useQuery({
    queryKey: ["pulse"],
    queryFn: () => ask<{ last_message_at: string | null }>("GET", "pulse"),
    refetchInterval: PULSE_MS,
  });
  const last = pulse.data?.last_message_at;
  const seen = useRef(last);
  useEffect(() => {
    if (seen.current !== undefined && last !== undefined && seen.current !== last) {
      void queries.invalidateQueries({ queryKey: ["conversations"] });
      void queries.invalidateQueries({ queryKey: ["facets"] });
    }
    seen.current = last;
  }, [last, queries]);
  return useInfiniteQuery({
    queryKey: ["conversations", query],
    queryFn: ({ pageParam }) => {
      const page = pageParam === "" ? "" : `&before=${encodeURIComponent(pageParam)}`;
      return ask<Page>("GET", `conversations?limit=50${page}${query ? `&${query}` : ""}`);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_before,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= REFRESHED_PAGES ? REFRESH_MS : false),
  });
}

interface RowProps {
  row: Digest;
  search: string | undefined;
  current: boolean;
  open: (row: Digest) => void;
}

function Row({ row, search, current, open }: RowProps) {
  const intents = row.facets.intent.filter((intent) => intent !== "nlu_fallback");
  const outcome = ["accepted", "declined", "proposed"].find((one) => row.facets.outcome.includes(one));
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
        <strong>{row.customer_id === null ? "Stranger" : `Customer ${row.customer_id}`}</strong>
        {row.flagged && (
          <span className="flag" title="Flagged">
            <FlagIcon />
          </span>
        )}
        <time dateTime={row.last_message_at ?? row.started_at}>{moment(row.last_message_at ?? row.started_at)}</time>
      </span>
      <span className="row-text">
        {row.hit === null ? row.preview : <Marked text={around(row.hit, search)} search={search} />}
      </span>
      <span className="row-badges">
        {row.taken_by !== null && <Mark color="violet">{row.taken_by} answers</Mark>}
        {row.facets.assigned.map((name) => (
          <Mark key={name} color="grape">
            for {name}
          </Mark>
        ))}
        {row.handed_over && <Mark color="orange">Person wanted</Mark>}
        {row.fallback_count > 0 && <Mark color="red">Not understood</Mark>}
        {outcome && <Mark color={outcome === "accepted" ? "teal" : "gray"}>Offer {outcome}</Mark>}
        {row.facets.tag.map((tag) => (
          <Mark key={tag} color="blue">
            {tag}
          </Mark>
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

function Mark({ color, children }: { color: string; children: React.ReactNode }) {
  return (
    <Badge size="sm" radius="sm" variant="light" color={color} tt="none">
      {children}
    </Badge>
  );
}

/** Single keys, except while something is typed. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select")) return;
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search")?.focus();
      } else latest.current[event.key]?.();
    };
    window.addEventListener("keydown", press);
    return () => {
      window.removeEventListener("keydown", press);
    };
  }, []);
}
