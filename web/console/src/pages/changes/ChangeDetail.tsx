import { useQuery } from "@tanstack/react-query";
import { decimalsOf, inCurrency } from "@promobot/shared/money";
import { useMay } from "@promobot/shared/session";
import { Link } from "wouter";
import { request, type ListedChange, type ReviewedChange } from "../../app/api";
import { PageLayout } from "../../components/PageLayout";
import { Loaded } from "../../components/states";
import { StatusBadge } from "../../components/Table";
import { fullMoment } from "../../components/values/format";
import { AnswerForm } from "./AnswerForm";
import { colorOf, isUnanswered, KIND_NAMES, linesInWords } from "./changes";
import { ConversationExcerpt } from "./ConversationExcerpt";
import { OrderCard } from "./OrderCard";

/** One request with what it is about: its order, and the conversation in which the customer asked. */
export function ChangeDetail({ id, back }: { id: string; back: string }) {
  const may = useMay("answer_changes");
  const change = useQuery({
    queryKey: ["changes", "one", id],
    queryFn: () => request<ReviewedChange>("GET", `change-requests/${encodeURIComponent(id)}`),
    refetchInterval: 10_000,
  });
  return (
    <Loaded query={change} lines={4}>
      {({ change_request, order }) => (
        <PageLayout
          title={`${KIND_NAMES[change_request.kind]}: order ${change_request.number}`}
          action={<Link to={back}>All change requests</Link>}
        >
          <div className="two even">
            <div className="list">
              <RequestCard change={change_request} currency={order.currency} />
              {may && isUnanswered(change_request) && <AnswerForm change={change_request} />}
              <OrderCard order={order} />
            </div>
            <ConversationExcerpt id={change_request.conversation_id} />
          </div>
        </PageLayout>
      )}
    </Loaded>
  );
}

function RequestCard({ change, currency }: { change: ListedChange; currency: string | null }) {
  return (
    <section className="card" aria-labelledby="change-request">
      <h2 id="change-request">
        Request <StatusBadge color={colorOf(change.state)}>{change.state}</StatusBadge>
      </h2>
      <dl>
        <Fact name="Lines">{linesInWords(change.lines)}</Fact>
        <Fact name="Customer">{change.customer_id}</Fact>
        {change.details && <Fact name="New address">{change.details}</Fact>}
        {change.payment && <Fact name="Payment">{change.payment}</Fact>}
        {change.difference_cents !== null && (
          <Fact name="Told to cost more">
            {currency === null
              ? `${change.difference_cents} cents`
              : inCurrency(change.difference_cents, currency, "en-GB", decimalsOf(currency))}
          </Fact>
        )}
        <Fact name="Reason">{change.reason || "—"}</Fact>
        <Fact name="Asked">{fullMoment(change.asked_at)}</Fact>
        <Fact name="Sent to the shop">
          {change.sent_at !== null ? fullMoment(change.sent_at) : isUnanswered(change) ? "not yet" : "—"}
        </Fact>
        {change.settled_at !== null && <Fact name="Answered">{fullMoment(change.settled_at)}</Fact>}
        <Fact name="Shop's reference">{change.shop_reference || "—"}</Fact>
        <Fact name="Shop's words">{change.shop_reason || "—"}</Fact>
        <Fact name="Tries">{change.attempts}</Fact>
        {change.last_error && <Fact name="Last try">{change.last_error}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
