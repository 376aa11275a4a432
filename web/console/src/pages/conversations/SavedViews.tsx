import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type SavedViews as Views } from "../../app/api";

/** Filters that the signed-in person has saved under a name. */
export function SavedViews({ query, show }: { query: string; show: (query: string) => void }) {
  const queries = useQueryClient();
  const [naming, setNaming] = useState<string | null>(null);
  const views = useQuery({
    queryKey: ["views"],
    queryFn: () => request<Views>("GET", "views"),
  });
  const change = useMutation({
    mutationFn: ({ method, name }: { method: "PUT" | "DELETE"; name: string }) =>
      request(method, "views", method === "PUT" ? { name, query } : { name }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["views"] }),
  });
  const known = views.data?.views ?? [];
  const current = known.find((view) => view.query === query);
  if (known.length === 0 && !query) return null;
  return (
    <div className="views" aria-label="Saved views">
      {known.map((view) => (
        <button
          key={view.name}
          type="button"
          className="chip"
          aria-pressed={view === current}
          onClick={() => {
            show(view === current ? "" : view.query);
          }}
        >
          {view.name}
        </button>
      ))}
      {current ? (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          onClick={() => {
            change.mutate({ method: "DELETE", name: current.name });
          }}
        >
          Delete this view
        </Button>
      ) : (
        query &&
        (naming === null ? (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              setNaming("");
            }}
          >
            Save this view
          </Button>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (naming.trim()) change.mutate({ method: "PUT", name: naming.trim() });
              setNaming(null);
            }}
          >
            <TextInput
              size="xs"
              aria-label="Name of the view"
              placeholder="Name, then Enter"
              maxLength={64}
              autoFocus
              value={naming}
              onChange={(event) => {
                setNaming(event.currentTarget.value);
              }}
            />
          </form>
        ))
      )}
    </div>
  );
}
