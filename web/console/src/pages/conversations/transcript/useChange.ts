import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../../../app/api";
import { EARLIER } from "./useTranscript";

/** Changes this conversation; afterwards every query that may show it is loaded again. */
export function useChange(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: "POST" | "PUT" | "DELETE"; path: string; body?: unknown }) =>
      request(method, `conversations/${encodeURIComponent(id)}/${path}`, body),
    onSettled: async () => {
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== EARLIER });
    },
  });
}
