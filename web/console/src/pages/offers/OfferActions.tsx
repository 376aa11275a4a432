import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import type { Offer } from "../../app/api";
import { ErrorAlert } from "../../components/states";
import { useTransition } from "./useTransition";

/** Changing an offer, and the next step of its life, for those who may. */
export function OfferActions({ offer, edit }: { offer: Offer; edit: () => void }) {
  const may = useMay("change_offers");
  const { next, move } = useTransition(`offers/${encodeURIComponent(offer.offer_id)}`, offer);
  if (!may || next === undefined) return null;
  const label = { pause: "Pause", resume: "Go live", schedule: "Schedule" }[next];
  return (
    <div className="facts">
      <Button size="compact-sm" variant="subtle" aria-label={`Change ${offer.title}`} onClick={edit}>
        Change
      </Button>
      <Button
        size="compact-sm"
        variant={next === "pause" ? "default" : "filled"}
        loading={move.isPending}
        aria-label={`${label} ${offer.title}`}
        onClick={() => {
          move.mutate();
        }}
      >
        {label}
      </Button>
      <ErrorAlert error={move.error} />
    </div>
  );
}
