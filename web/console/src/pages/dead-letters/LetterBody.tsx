import { useQuery } from "@tanstack/react-query";
import { request, type DeadLetterBody } from "../../app/api";
import { Loaded } from "../../components/states";

/** What a message said, as text and nothing else. It may hold names, so it is asked for one at a time and not kept. */
export function LetterBody({ number, name }: { number: number; name: string }) {
  const letter = useQuery({
    queryKey: ["dead-letter", number],
    queryFn: () => request<DeadLetterBody>("GET", `dead-letters/${number}`),
    gcTime: 0,
    staleTime: Infinity,
  });
  return (
    <Loaded query={letter} lines={2}>
      {({ body, body_bytes }) => (
        <>
          <pre className="letter-body" tabIndex={0} role="region" aria-label={`Body of ${name}`}>
            {body ?? "It is deleted."}
          </pre>
          <span className="quiet">{body_bytes} bytes</span>
        </>
      )}
    </Loaded>
  );
}
