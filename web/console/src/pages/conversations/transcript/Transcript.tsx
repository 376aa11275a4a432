import { Link } from "wouter";
import { Failure, Loading } from "../../../components/states";
import { Takeover } from "./Takeover";
import { TranscriptHead } from "./TranscriptHead";
import { Turns } from "./Turns";
import { useTranscript } from "./useTranscript";

interface Props {
  id: string;
  at: number | null;
  search: string | undefined;
  /** The filters of the list, to which small windows go back. */
  query: string;
}

/** The open conversation; `at` is the seq of the message that a search has found. */
export function Transcript({ id, at, search, query }: Props) {
  const transcript = useTranscript(id, at);
  const { conversation, error } = transcript;
  if (error && !conversation) return <Failure error={error} retry={transcript.retry} />;
  if (!conversation) return <Loading lines={6} />;
  return (
    <section className="transcript" aria-label="Conversation">
      <TranscriptHead conversation={conversation} query={query} />
      <Turns transcript={transcript} corrections={conversation.corrections} id={id} at={at} search={search} />
      {conversation.more_after && (
        <p className="notice">
          Later messages follow. <Link to={`/conversations/${encodeURIComponent(id)}`}>Go to the newest</Link>
        </p>
      )}
      <Takeover conversation={conversation} />
    </section>
  );
}
