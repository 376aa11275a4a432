/** What a page shows when it has nothing else to show. */

import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";

export function Failure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div className="middle" role="alert">
      <strong>This does not load.</strong>
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
