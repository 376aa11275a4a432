import { useQuery } from "@tanstack/react-query";
import { request, type Policies } from "../app/api";

/** Every version of the offer policy and the changes of the one in force. */
export function usePolicies() {
  return useQuery({
    queryKey: ["policies"],
    queryFn: () => request<Policies>("GET", "policies"),
    refetchInterval: 15_000,
  });
}
