import { inDollars } from "@promobot/shared/money";
import { NativeSelect, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Document, Interval, ResponseData } from "../documents";
import { Found } from "../components/WithDocument";
import { extent, named, plain } from "../components/numbers";
import { Says, Scrolled, Span } from "../components/parts";

const EFFECTS: Record<string, { name: string; reads: string }> = {
  price: { name: "Own price (elasticity)", reads: "sells so many % more for 1 % more price; below 0 a discount sells" },
  cross_price: { name: "Rivals' price (elasticity)", reads: "when the rest of the category costs 1 % more" },
  display: { name: "Display", reads: "ln of the factor from no store to all stores" },
  mailer: { name: "Mailer", reads: "ln of the factor from no store to all stores" },
  coupon: { name: "Coupon", reads: "ln of the factor from nobody to everybody holding one" },
};
const SHOWN = 60;

/** How demand answers to price, display, mailer and coupon. */
export function ResponseTab() {
  return (
    <Found<ResponseData>
      name="response"
      command="response"
      about="Price elasticities and what display, mailer and coupon bring, with intervals. It takes about a minute."
    >
      {(document) => <Response document={document} />}
    </Found>
  );
}

function Response({ document }: { document: Document<ResponseData> }) {
  return (
    <>
      <Says document={document} />
      <Pooled effects={document.data.effects} />
      <ByCategory categories={document.data.categories} />
    </>
  );
}

function Pooled({ effects }: { effects: ResponseData["effects"] }) {
  const scale = extent(effects.flatMap((one) => [0, ...one.interval, ...(one.ahead_interval ?? [])]));
  return (
    <div className="card">
      <h2>All categories</h2>
      <p className="quiet">
        The right column is the negative control: a promotion eight weeks ahead cannot sell anything now. Where its
        interval leaves 0 out, the estimate is biased.
      </p>
      <Scrolled label="Effects over all categories">
        <table className="offers slim">
          <thead>
            <tr>
              <th>Effect</th>
              <th>Mean and 95 % interval</th>
              <th>Categories</th>
              <th>Eight weeks ahead (control)</th>
            </tr>
          </thead>
          <tbody>
            {effects.map((one) => (
              <tr key={one.name}>
                <td>
                  <strong>{EFFECTS[one.name]?.name ?? one.name}</strong>
                  <span className="quiet">{EFFECTS[one.name]?.reads}</span>
                </td>
                <td>
                  <Estimate of={[one.mean, ...one.interval]} scale={scale} />
                </td>
                <td>{one.categories}</td>
                <td>
                  {one.ahead !== null && one.ahead_interval !== null ? (
                    <Estimate of={[one.ahead, ...one.ahead_interval]} scale={scale} />
                  ) : (
                    <span className="quiet">none</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}

function ByCategory({ categories }: { categories: ResponseData["categories"] }) {
  const [effect, setEffect] = useState("price");
  const [typed, setTyped] = useState("");
  const found = useMemo(
    () => categories.filter((one) => one.name.toLowerCase().includes(typed.trim().toLowerCase())),
    [categories, typed],
  );
  const scale = useMemo(
    () => extent([0, ...categories.flatMap((one) => one.effects[effect] ?? [])]),
    [categories, effect],
  );
  return (
    <div className="card">
      <div className="sheet-head">
        <h2>By category</h2>
        <div className="pair">
          <NativeSelect
            label="Effect"
            value={effect}
            data={Object.entries(EFFECTS).map(([value, one]) => ({ value, label: one.name }))}
            onChange={(event) => {
              setEffect(event.currentTarget.value);
            }}
          />
          <TextInput
            label="Category"
            placeholder="all"
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
            }}
          />
        </div>
      </div>
      <Scrolled label="Effects by category" tall>
        <table className="offers slim">
          <thead>
            <tr>
              <th>Category</th>
              <th>Sales</th>
              <th>Mean and 95 % interval</th>
              <th>Known from</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, SHOWN).map((one) => {
              const estimate = one.effects[effect];
              return (
                <tr key={one.name}>
                  <td>{named(one.name)}</td>
                  <td>{inDollars(one.sales_cents)}</td>
                  <td>{estimate ? <Estimate of={estimate} scale={scale} /> : "—"}</td>
                  <td className="quiet">{one.own ? "its own families" : "all categories"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolled>
      <p className="quiet">
        {found.length > SHOWN
          ? `The ${SHOWN} with the largest sales of ${found.length}; the field finds the others.`
          : `${found.length} categories.`}{" "}
        “Known from” is said of the price.
      </p>
    </div>
  );
}

function Estimate({ of, scale }: { of: Interval; scale: [number, number] }) {
  return <Span of={of} scale={scale} text={`${plain(of[0])} (${plain(of[1])} to ${plain(of[2])})`} />;
}
