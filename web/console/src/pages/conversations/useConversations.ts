import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { request, type ConversationPage, type LastMessage } from "../../app/api";

const ACTIVITY_MS = 3000;
/** Checkouts and tags change rows without a new message. */
const REFRESH_MS = 10_000;
const REFRESHED_PAGES = 2;

/** Pages of the conversations that match a query; they load again whenever a message arrives. */
export function useConversations(query: string) {
  const queries = useQueryClient();
  const activity = useQuery({
    queryKey: ["last-activity"],
    queryFn: () => request<LastMessage>("GET", "pulse"),
    refetchInterval: ACTIVITY_MS,
  });
  const last = activity.data?.last_message_at;
  const seen = useRef(last);
  useEffect(() => {
    if (seen.current !== undefined && last !== undefined && seen.current !== last) {
      void queries.invalidateQueries({ queryKey: ["conversations"] });
      void queries.invalidateQueries({ queryKey: ["tags"] });
    }
    seen.current = last;
  }, [last, queries]);
  return useInfiniteQuery({
    queryKey: ["conversations", query],
    queryFn: ({ pageParam }) => {
      const page = pageParam === "" ? "" : `&before=${encodeURIComponent(pageParam)}`;
      return request<ConversationPage>("GET", `conversations?limit=50${page}${query ? `&${query}` : ""}`);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_before,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= REFRESHED_PAGES ? REFRESH_MS : false),
  });
}
