import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import type { Correction } from "../../../app/api";
import type { useTranscript } from "./useTranscript";
import { Turn } from "./Turn";

const NEAR_PX = 120;
const NEAR_TOP_PX = 600;

interface Props {
  transcript: ReturnType<typeof useTranscript>;
  corrections: Correction[];
  id: string;
  at: number | null;
  search: string | undefined;
}

/**
 * The messages, scrolled to the message that a search has found or to the newest. New messages do not move a reader who
 * has scrolled up; earlier messages load as they are scrolled to.
 */
export function Turns({ transcript, corrections, id, at, search }: Props) {
  const { messages, moreBefore, loadEarlier, loadingEarlier } = transcript;
  const frame = useRef<HTMLDivElement>(null);
  const atEnd = useRef(at === null);
  const topOfFirst = useRef<{ seq: number; offset: number } | null>(null);
  const first = messages[0]?.seq;

  useLayoutEffect(() => {
    if (at !== null) turnOf(frame.current, at)?.scrollIntoView({ block: "center" });
  }, [at]);

  // Earlier messages push the visible ones down by their height: scroll by as much.
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box || first === undefined) return;
    const before = topOfFirst.current;
    const moved = before && before.seq !== first ? turnOf(box, before.seq) : null;
    if (before && moved) box.scrollTop += moved.offsetTop - before.offset;
    topOfFirst.current = { seq: first, offset: turnOf(box, first)?.offsetTop ?? 0 };
  }, [first]);

  // Decisions and new messages make the list longer: at its end the view stays at the end.
  useEffect(() => {
    const box = frame.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(content);
    return () => {
      observer.disconnect();
    };
  }, []);

  const offered = useMemo(
    () =>
      new Set(
        messages.flatMap(({ offer, decision_id }) => (offer !== null && decision_id !== null ? [decision_id] : [])),
      ),
    [messages],
  );
  const corrected = useMemo(
    () => new Map(corrections.map((correction) => [correction.message_id, correction])),
    [corrections],
  );
  return (
    <div
      ref={frame}
      className="turns"
      tabIndex={0}
      role="log"
      aria-label="Messages"
      onScroll={(event) => {
        const box = event.currentTarget;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
        if (box.scrollTop < NEAR_TOP_PX) loadEarlier();
      }}
    >
      <div className="turns-content">
        {moreBefore && (
          <button type="button" className="plain quiet earlier" disabled={loadingEarlier} onClick={loadEarlier}>
            {loadingEarlier ? "Loading earlier messages …" : "Show earlier messages"}
          </button>
        )}
        {messages.map((message) => (
          <Turn
            key={message.message_id}
            message={message}
            conversationId={id}
            correction={corrected.get(message.message_id)}
            noOffer={message.from === "shopper" && message.decision_id !== null && !offered.has(message.decision_id)}
            search={search}
            hit={message.seq === at}
          />
        ))}
      </div>
    </div>
  );
}

function turnOf(box: HTMLElement | null, seq: number): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-seq="${seq}"]`) ?? null;
}
