const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/** The card of an offer as the chat widget shows it. */
export function OfferPreview({ title, terms, endsAt }: { title: string; terms: string; endsAt: string }) {
  return (
    <section className="shopper-card" aria-label="Preview">
      <span className="shopper-label">Offer for you</span>
      <strong>{title || "Title"}</strong>
      <p>{terms || "Terms"}</p>
      <p>Until {day.format(new Date(new Date(endsAt).getTime() - 1))}</p>
      <div className="buttons">
        <span>Yes, please</span>
        <span>No, thanks</span>
      </div>
    </section>
  );
}
