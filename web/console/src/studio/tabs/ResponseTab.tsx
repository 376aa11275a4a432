import { Table } from "../../components/Table";
import { useMoney } from "../components/money";
import { Choice, Text } from "../../components/fields";
import { useMemo, useState } from "react";
import type { Document, Interval, ResponseData } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { extent, categoryName, decimals } from "../components/numbers";
import { DocumentText, Scrolled, IntervalBar } from "../components/DocumentParts";

const EFFECTS: Record<string, { name: string; reads: string }> = {
  price: {
    name: "Own price (elasticity)",
    reads: "change of sales in % for a price 1 % higher; below 0, discounts increase sales",
  },
  cross_price: {
    name: "Rivals' price (elasticity)",
    reads: "change of sales in % when the rest of the category costs 1 % more",
  },
  coupon: { name: "Coupon", reads: "ln of the factor from nobody to everybody holding one" },
};
const SHOWN = 60;

/** The response of demand to prices and coupons. */
export function ResponseTab() {
  return (
    <WithDocument<ResponseData>
      name="response"
      command="response"
      about="Price elasticities and the effect of coupons, with intervals. It takes about a minute."
    >
      {(document) => <Response document={document} />}
    </WithDocument>
  );
}

function Response({ document }: { document: Document<ResponseData> }) {
  return (
    <>
      <DocumentText document={document} />
      <Pooled effects={document.data.effects} />
      <ByCategory categories={document.data.categories} />
    </>
  );
}

function Pooled({ effects }: { effects: ResponseData["effects"] }) {
  const scale = extent([
    0,
    ...effects.flatMap((effect) => [...(effect.interval ?? []), ...(effect.ahead_interval ?? [])]),
  ]);
  return (
    <div className="card">
      <h2>All categories</h2>
      <p className="quiet">
        The right column is a negative control: a promotion in eight weeks cannot change sales today. Where its interval
        does not contain 0, the estimate is biased.
      </p>
      <Scrolled label="Effects over all categories">
        <Table slim head={["Effect", "Mean and 95 % interval", "Categories", "Eight weeks ahead (control)"]}>
          {effects.map((effect) => (
            <tr key={effect.name}>
              <td>
                <strong>{EFFECTS[effect.name]?.name ?? effect.name}</strong>
                <span className="quiet">{EFFECTS[effect.name]?.reads}</span>
              </td>
              <td>
                {effect.mean !== null && effect.interval !== null ? (
                  <Estimate of={[effect.mean, ...effect.interval]} scale={scale} />
                ) : (
                  <span className="quiet">not known for this shop</span>
                )}
              </td>
              <td>{effect.categories}</td>
              <td>
                {effect.ahead !== null && effect.ahead_interval !== null ? (
                  <Estimate of={[effect.ahead, ...effect.ahead_interval]} scale={scale} />
                ) : (
                  <span className="quiet">none</span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      </Scrolled>
    </div>
  );
}

function ByCategory({ categories }: { categories: ResponseData["categories"] }) {
  const money = useMoney();
  const [effect, setEffect] = useState("price");
  const [typed, setTyped] = useState("");
  const found = useMemo(
    () => categories.filter((category) => category.name.toLowerCase().includes(typed.trim().toLowerCase())),
    [categories, typed],
  );
  const scale = useMemo(
    () => extent([0, ...categories.flatMap((category) => category.effects[effect] ?? [])]),
    [categories, effect],
  );
  return (
    <div className="card">
      <div className="sheet-head">
        <h2>By category</h2>
        <div className="pair">
          <Choice
            label="Effect"
            value={effect}
            data={Object.entries(EFFECTS).map(([value, { name }]) => ({ value, label: name }))}
            change={setEffect}
          />
          <Text label="Category" placeholder="all" value={typed} change={setTyped} />
        </div>
      </div>
      <Scrolled label="Effects by category" tall>
        <Table slim head={["Category", "Sales", "Mean and 95 % interval", "Known from"]}>
          {found.slice(0, SHOWN).map((category) => {
            const estimate = category.effects[effect];
            return (
              <tr key={category.name}>
                <td>{categoryName(category.name)}</td>
                <td>{money(category.sales_cents)}</td>
                <td>{estimate ? <Estimate of={estimate} scale={scale} /> : "—"}</td>
                <td className="quiet">{category.own ? "its own families" : "all categories"}</td>
              </tr>
            );
          })}
        </Table>
      </Scrolled>
      <p className="quiet">
        {found.length > SHOWN
          ? `The ${SHOWN} categories with the largest sales of ${found.length}; the field finds the others.`
          : `${found.length} categories.`}{" "}
        “Known from” is said of the price.
      </p>
    </div>
  );
}

function Estimate({ of, scale }: { of: Interval; scale: [number, number] }) {
  return <IntervalBar of={of} scale={scale} text={`${decimals(of[0])} (${decimals(of[1])} to ${decimals(of[2])})`} />;
}
