import "./studio.css";

import { Link, useParams } from "wouter";
import { CustomersTab } from "./customers/CustomersTab";
import { DemandTab } from "./tabs/DemandTab";
import { FrontTab } from "./tabs/TradeOffsTab";
import { JobBar } from "./jobs";
import { MeasurementTab } from "./tabs/MeasurementTab";
import { PlanPage } from "./plans/PlanPage";
import { PlansTab } from "./plans/PlansTab";
import { PricesTab } from "./tabs/PricesTab";
import { ProposalsTab } from "./tabs/ProposalsTab";
import { DataTab, LiveTab, ProductsTab } from "./tabs/reports";
import { ResponseTab } from "./tabs/ResponseTab";

const TABS = {
  customers: { name: "Customers", show: CustomersTab },
  products: { name: "Products", show: ProductsTab },
  demand: { name: "Demand", show: DemandTab },
  response: { name: "Response", show: ResponseTab },
  proposals: { name: "Proposals", show: ProposalsTab },
  front: { name: "Front", show: FrontTab },
  plans: { name: "Plans", show: PlansTab },
  measurement: { name: "Measurement", show: MeasurementTab },
  prices: { name: "Prices and stock", show: PricesTab },
  live: { name: "Live", show: LiveTab },
  data: { name: "Data", show: DataTab },
};

/** From sales to promotion plans: what the studio's commands found, a tab each. */
export function StudioPage() {
  const { tab = "customers", id } = useParams<{ tab?: string; id?: string }>();
  const known = tab in TABS ? (tab as keyof typeof TABS) : "customers";
  const Shown = TABS[known].show;
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Strategy studio</h1>
          <p className="quiet">
            From a year of real sales to promotion plans. What was never tried is called simulated.
          </p>
        </div>
      </header>
      <nav className="tabs" aria-label="Studio">
        {Object.entries(TABS).map(([path, one]) => (
          <Link key={path} to={`/studio/${path}`} className="tab" aria-current={path === known ? "page" : undefined}>
            {one.name}
          </Link>
        ))}
      </nav>
      <JobBar plan={id} />
      {known === "plans" && id ? <PlanPage id={id} /> : <Shown />}
    </section>
  );
}
