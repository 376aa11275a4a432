import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { ConversationSummary } from "../../app/api";
import { Empty, Failure, Loading } from "../../components/states";
import { ConversationRow, ROW_HEIGHT } from "./ConversationRow";
import { useConversations } from "./useConversations";
import { useKeys } from "./useKeys";

interface Props {
  query: string;
  search: string | undefined;
  openId: string | undefined;
  open: (row: ConversationSummary) => void;
}

/** The conversations that match the filters, newest first; more load as the list is scrolled. */
export function ConversationList({ query, search, openId, open }: Props) {
  const pages = useConversations(query);
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
  const step = (to: number) => {
    const row = rows[to];
    if (!row) return;
    virtual.scrollToIndex(to, { align: "auto" });
    open(row);
  };
  useKeys({
    j: () => {
      step(Math.min(at + 1, rows.length - 1));
    },
    k: () => {
      step(Math.max(at - 1, 0));
    },
  });

  if (pages.error) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isPending) return <Loading lines={7} />;
  if (rows.length === 0) {
    return query ? (
      <Empty title="No match">No conversation matches all of these filters.</Empty>
    ) : (
      <Empty title="No conversations yet">A conversation appears here as soon as a shopper writes.</Empty>
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
                <ConversationRow row={row} search={search} current={row.conversation_id === openId} open={open} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
