import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Refusal, request, type Transcript } from "../../app/api";
import { Empty, Loaded } from "../../components/states";

const NEWEST = 20;
const SENDERS = { shopper: "Shopper", bot: "Bot", agent: "Shop team" };

/** The newest messages of the conversation in which the customer asked. */
export function ConversationExcerpt({ id }: { id: string }) {
  return (
    <section className="card" aria-labelledby="change-conversation">
      <h2 id="change-conversation">Conversation</h2>
      {id === "" ? <Empty title="Nobody asked for it in a chat" /> : <Messages id={id} />}
    </section>
  );
}

function Messages({ id }: { id: string }) {
  const path = `conversations/${encodeURIComponent(id)}`;
  const conversation = useQuery({
    queryKey: ["conversation", id, "newest", NEWEST],
    queryFn: () => request<Transcript>("GET", `${path}?limit=${NEWEST}`),
    retry: (tries, error) => tries < 2 && !isGone(error),
  });
  if (isGone(conversation.error)) {
    return <Empty title="There is no such conversation">The customer may have deleted it.</Empty>;
  }
  return (
    <Loaded query={conversation} lines={3}>
      {({ messages }) => (
        <>
          <ol className="excerpt">
            {messages.map((message) => (
              <li key={message.message_id} data-from={message.from}>
                <span className="quiet">{SENDERS[message.from]}</span> {message.text}
              </li>
            ))}
          </ol>
          <Link to={`/${path}`}>Open the conversation</Link>
        </>
      )}
    </Loaded>
  );
}

const isGone = (error: Error | null) => error instanceof Refusal && error.status === 404;
