import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useState } from "react";
import type { Promotion } from "../../app/api";
import { fullMoment } from "../../components/values/format";
import { StatusBadge } from "../../components/Table";
import { PromotionForm } from "./PromotionForm";
import { Spending } from "./Spending";
import { useTransition } from "./useTransition";

/** A promotion: its state, its actions and its spending. */
export function PromotionCard({ promotion, addOffer }: { promotion: Promotion; addOffer: () => void }) {
  const may = useMay("change_offers");
  const [editing, setEditing] = useState(false);
  return (
    <div className="card">
      <header className="sheet-head">
        <div>
          <h2>
            {promotion.name}{" "}
            <StatusBadge color={promotion.state === "live" ? "teal" : "gray"}>{promotion.state}</StatusBadge>
          </h2>
          <span className="quiet">
            {promotion.promotion_id} · {fullMoment(promotion.starts_at)} to {fullMoment(promotion.ends_at)}
          </span>
        </div>
        {may && promotion.state !== "ended" && (
          <div className="facts">
            <TransitionButton promotion={promotion} />
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                setEditing(!editing);
              }}
            >
              {editing ? "Close" : "Change"}
            </Button>
            <Button size="compact-sm" variant="light" onClick={addOffer}>
              Add an offer
            </Button>
          </div>
        )}
      </header>
      {editing && (
        <PromotionForm
          promotion={promotion}
          close={() => {
            setEditing(false);
          }}
        />
      )}
      <Spending promotion={promotion} />
    </div>
  );
}

function TransitionButton({ promotion }: { promotion: Promotion }) {
  const { next, move } = useTransition(`promotions/${encodeURIComponent(promotion.promotion_id)}`, promotion);
  if (next === undefined) return null;
  return (
    <>
      {move.error && <span role="alert">{move.error.message}</span>}
      <Button
        size="compact-sm"
        variant="default"
        loading={move.isPending}
        onClick={() => {
          move.mutate();
        }}
      >
        {{ pause: "Pause the promotion", resume: "Resume", schedule: "Schedule" }[next]}
      </Button>
    </>
  );
}
