/** The messages of a conversation: the newest are polled, earlier ones load as somebody scrolls up. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, type Transcript, type TranscriptMessage } from "../../../app/api";

const REFRESH_MS = 2500;
const BEFORE_HIT = 20;
const WINDOW = 1000;
const EARLIER_PAGE = 200;
/** The key of earlier messages. They never change, so no change loads them again. */
export const EARLIER = "earlier";

/** With `at`, the seq of the message that a search has found, the newest begin a little before it. */
export function useTranscript(id: string, at: number | null) {
  const queries = useQueryClient();
  const path = `conversations/${encodeURIComponent(id)}`;
  const key = ["conversation", id, at];
  const newest = useQuery({
    queryKey: key,
    queryFn: () => {
      // Polls from the same message on, so that no gap opens before it.
      const known = queries.getQueryData<Transcript>(key)?.messages[0]?.seq;
      const from = known ?? (at === null ? null : Math.max(1, at - BEFORE_HIT));
      return request<Transcript>("GET", from === null ? path : `${path}?from_seq=${from}&limit=${WINDOW}`);
    },
    refetchInterval: REFRESH_MS,
  });
  const first = newest.data?.messages[0]?.seq ?? 1;
  const earlier = useInfiniteQuery({
    queryKey: [EARLIER, id, first],
    queryFn: ({ pageParam }) => request<Transcript>("GET", `${path}?before_seq=${pageParam}&limit=${EARLIER_PAGE}`),
    initialPageParam: first,
    getNextPageParam: (page) => (page.more_before ? page.messages[0]?.seq : undefined),
    enabled: false,
    staleTime: Infinity,
  });
  const pages = earlier.data?.pages ?? [];
  const messages: TranscriptMessage[] = [
    ...[...pages].reverse().flatMap((page) => page.messages),
    ...(newest.data?.messages ?? []),
  ];
  const moreBefore = (pages.at(-1) ?? newest.data)?.more_before ?? false;
  return {
    conversation: newest.data,
    error: newest.error,
    retry: () => void newest.refetch(),
    messages,
    moreBefore,
    loadingEarlier: earlier.isFetching,
    loadEarlier: () => {
      if (moreBefore && !earlier.isFetching) void earlier.fetchNextPage();
    },
  };
}
