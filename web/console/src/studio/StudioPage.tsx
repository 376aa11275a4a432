import "./studio.css";

import { Link, useParams } from "wouter";
import { PageLayout } from "../components/PageLayout";
import { CustomersTab } from "./customers/CustomersTab";
import { DemandTab } from "./tabs/DemandTab";
import { TradeOffsTab } from "./tabs/TradeOffsTab";
import { JobBar } from "./jobs/JobBar";
import { MeasurementTab } from "./tabs/MeasurementTab";
import { PlanPage } from "./plans/PlanPage";
import { PlansTab } from "./plans/PlansTab";
import { PricesTab } from "./tabs/PricesTab";
import { ProposalsTab } from "./tabs/ProposalsTab";
import { DataTab, LiveTab, ProductsTab } from "./tabs/ReportTabs";
import { ResponseTab } from "./tabs/ResponseTab";

const TABS = {
  customers: { name: "Customers", show: CustomersTab },
  products: { name: "Products", show: ProductsTab },
  demand: { name: "Demand", show: DemandTab },
  response: { name: "Response", show: ResponseTab },
  proposals: { name: "Proposals", show: ProposalsTab },
  front: { name: "Trade-offs", show: TradeOffsTab },
  plans: { name: "Plans", show: PlansTab },
  measurement: { name: "Measurement", show: MeasurementTab },
  prices: { name: "Prices and stock", show: PricesTab },
  live: { name: "Live", show: LiveTab },
  data: { name: "Data", show: DataTab },
};

/** The studio: from sales to promotion plans, one tab for each document of its commands. */
export function StudioPage() {
  const { tab = "customers", id } = useParams<{ tab?: string; id?: string }>();
  const known = tab in TABS ? (tab as keyof typeof TABS) : "customers";
  const Shown = TABS[known].show;
  return (
    <PageLayout
      title="Strategy studio"
      lead="From the shop's own sales to promotion plans. Results that nobody has tried are marked as simulated."
    >
      <nav className="tabs" aria-label="Studio">
        {Object.entries(TABS).map(([path, { name }]) => (
          <Link key={path} to={`/studio/${path}`} className="tab" aria-current={path === known ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <JobBar plan={id} />
      {known === "plans" && id ? <PlanPage id={id} /> : <Shown />}
    </PageLayout>
  );
}
