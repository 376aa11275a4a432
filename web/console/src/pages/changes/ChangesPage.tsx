import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams, useSearchParams } from "wouter";
import { request, type Changes, type ListedChange } from "../../app/api";
import { Choice, Text } from "../../components/fields";
import { PageLayout } from "../../components/PageLayout";
import { Empty, Loaded } from "../../components/states";
import { StatusBadge, Table } from "../../components/Table";
import { fullMoment, words } from "../../components/values/format";
import { ChangeDetail } from "./ChangeDetail";
import { type ChangeFilters, colorOf, KIND_NAMES, linesInWords, readFilters, STATES, toQuery } from "./changes";

/** Changes of orders that customers asked the shop for: the list, or one of them. */
export function ChangesPage() {
  const { id } = useParams<{ id?: string }>();
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search);
  if (id !== undefined) return <ChangeDetail id={id} back={`/changes${withMark(toQuery(filters))}`} />;
  return (
    <PageLayout
      title="Change requests"
      lead="What customers asked the shop to change. The bot says that it is done once the shop has confirmed it."
    >
      <ChangeList
        filters={filters}
        set={(changed) => {
          setSearch(new URLSearchParams(toQuery({ ...filters, ...changed })), { replace: true });
        }}
      />
    </PageLayout>
  );
}

const withMark = (query: string) => (query ? `?${query}` : "");

function ChangeList({ filters, set }: { filters: ChangeFilters; set: (changed: ChangeFilters) => void }) {
  const changes = useInfiniteQuery({
    queryKey: ["changes", toQuery(filters)],
    queryFn: ({ pageParam }) => request<Changes>("GET", `change-requests${withMark(toQuery(filters, pageParam))}`),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });
  const counts = changes.data?.pages[0]?.counts;
  return (
    <>
      <div className="change-filters">
        <div className="facts" role="group" aria-label="State">
          {STATES.map((state) => (
            <button
              key={state}
              type="button"
              className="chip"
              aria-pressed={filters.state === state}
              onClick={() => {
                set({ state: filters.state === state ? "" : state });
              }}
            >
              {words(state)} {counts?.[state] ?? ""}
            </button>
          ))}
        </div>
        <Choice
          size="xs"
          aria-label="Kind"
          value={filters.kind ?? ""}
          data={[
            { value: "", label: "Every kind" },
            ...Object.entries(KIND_NAMES).map(([value, label]) => ({ value, label })),
          ]}
          change={(kind) => {
            set({ kind });
          }}
        />
        <Text
          size="xs"
          aria-label="Order number"
          placeholder="Order number"
          maxLength={64}
          value={filters.number ?? ""}
          change={(number) => {
            set({ number });
          }}
        />
      </div>
      <Loaded query={changes} lines={4}>
        {({ pages }) => {
          const found = pages.flatMap((page) => page.change_requests);
          if (found.length === 0) return <Nothing filtered={toQuery(filters) !== ""} />;
          return (
            <>
              <div className="scroll">
                <Table head={["Order", "Change", "State", "Lines", "Reason", "Shop's reference", "Asked"]}>
                  {found.map((change) => (
                    <ChangeRow key={change.change_request_id} change={change} query={toQuery(filters)} />
                  ))}
                </Table>
              </div>
              {changes.hasNextPage && (
                <Button
                  variant="default"
                  loading={changes.isFetchingNextPage}
                  onClick={() => void changes.fetchNextPage()}
                >
                  Show earlier requests
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty title="No request fits">Choose fewer filters.</Empty>
  ) : (
    <Empty title="Nobody has asked for a change yet">
      Where a shop is connected, customers can ask the bot to cancel, return, exchange or change an order.
    </Empty>
  );
}

function ChangeRow({ change, query }: { change: ListedChange; query: string }) {
  return (
    <tr>
      <td>
        <Link to={`/changes/${encodeURIComponent(change.change_request_id)}${withMark(query)}`}>{change.number}</Link>
      </td>
      <td>{KIND_NAMES[change.kind]}</td>
      <td>
        <StatusBadge color={colorOf(change.state)}>{change.state}</StatusBadge>
      </td>
      <td>{linesInWords(change.lines)}</td>
      <td className="change-reason">
        {change.reason || "—"}
        {change.shop_reason && <span className="quiet">The shop: {change.shop_reason}</span>}
        {change.last_error && <span className="quiet">Last try: {change.last_error}</span>}
      </td>
      <td>{change.shop_reference || "—"}</td>
      <td>
        <time dateTime={change.asked_at}>{fullMoment(change.asked_at)}</time>
      </td>
    </tr>
  );
}
