/** What a page shows while it loads, when it is empty, and when something fails. */

import { Alert, Button, Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

export function Failure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div className="middle" role="alert">
      <strong>Loading failed.</strong>
      <span className="quiet">{error.message}</span>
      <Button variant="default" size="xs" onClick={retry}>
        Try again
      </Button>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="middle">
      <strong>{title}</strong>
      <span className="quiet">{children}</span>
    </div>
  );
}

export function Loading({ lines }: { lines: number }) {
  return (
    <div className="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={52} radius="md" />
      ))}
    </div>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "refetch">;
  /** How many lines the placeholder has. */
  lines: number;
  children: (data: Data) => ReactNode;
}

/** The data of a query; before it arrives a placeholder, after an error a button that tries again. */
export function Loaded<Data>({ query, lines, children }: LoadedProps<Data>) {
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading lines={lines} />;
  return children(query.data);
}

/** The message of a failed change; nothing without an error. */
export function ErrorAlert({ error }: { error: Error | null }) {
  if (!error) return null;
  return (
    <Alert color="red" role="alert">
      {error.message}
    </Alert>
  );
}
