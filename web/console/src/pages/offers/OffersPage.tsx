import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Offer, type Promotion, type PromotionsWithOffers } from "../../app/api";
import { Period } from "../../components/fields";
import { PageLayout } from "../../components/PageLayout";
import { Loaded } from "../../components/states";
import { OfferEditor } from "./OfferEditor";
import { OfferTable } from "./OfferTable";
import { PromotionCard } from "./PromotionCard";
import { PromotionForm } from "./PromotionForm";

/** Every offer with its results, and every promotion with its budget. */
export function OffersPage() {
  const [days, setDays] = useState("30");
  const offers = useQuery({
    queryKey: ["offers", days],
    queryFn: () => request<PromotionsWithOffers>("GET", `offers?days=${days}`),
    refetchInterval: 15_000,
  });
  return (
    <PageLayout
      title="Offers"
      lead={
        "Accepted is a share of the exposures, redeemed a share of the accepted, each with Wilson's 95 % interval. " +
        "Margin is what the orders left after tax, cost of goods and codes."
      }
      action={<Period days={days} change={setDays} among={["7", "30", "365"]} />}
    >
      <Loaded query={offers} lines={6}>
        {(data) => <OffersAndPromotions promotions={data} />}
      </Loaded>
    </PageLayout>
  );
}

/** The open form: an offer, a new offer of a promotion, or a new promotion. */
type Editing = { offer: Offer | null; promotion: Promotion } | "promotion" | null;

function OffersAndPromotions({ promotions }: { promotions: PromotionsWithOffers }) {
  const may = useMay("change_offers");
  const [editing, setEditing] = useState<Editing>(null);
  const close = () => {
    setEditing(null);
  };
  const edit = (offer: Offer) => {
    const promotion = promotions.promotions.find(({ promotion_id }) => promotion_id === offer.promotion_id);
    if (promotion) setEditing({ offer, promotion });
  };
  return (
    <>
      {editing !== null && editing !== "promotion" && (
        <OfferEditor
          key={editing.offer?.offer_id ?? "new"}
          offer={editing.offer}
          promotion={editing.promotion}
          close={close}
        />
      )}
      <OfferTable promotions={promotions} edit={edit} />
      <header className="sheet-head">
        <h2>PromotionsWithOffers</h2>
        {may && (
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              setEditing("promotion");
            }}
          >
            New promotion
          </Button>
        )}
      </header>
      {editing === "promotion" && (
        <div className="card">
          <PromotionForm promotion={null} close={close} />
        </div>
      )}
      {promotions.promotions.map((promotion) => (
        <PromotionCard
          key={promotion.promotion_id}
          promotion={promotion}
          addOffer={() => {
            setEditing({ offer: null, promotion });
            window.scrollTo(0, 0);
          }}
        />
      ))}
    </>
  );
}
