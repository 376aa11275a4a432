import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Results } from "../../app/api";
import { Period } from "../../components/fields";
import { words } from "../../components/values/format";
import { PageLayout } from "../../components/PageLayout";
import { Empty, Loaded } from "../../components/states";
import { Branches } from "./Branches";
import { Candidates } from "./Candidates";
import { AnswerTimes, OffersByDay, Service } from "./charts";
import { Figures } from "./Figures";
import { Funnel } from "./Funnel";
import { UpliftCard } from "./UpliftCard";

/** Service, sales, and the uplift of both against a holdout. */
export function ResultsPage() {
  const [days, setDays] = useState("30");
  const results = useQuery({
    queryKey: ["results", days],
    queryFn: () => request<Results>("GET", `results?days=${days}`),
    refetchInterval: 60_000,
  });
  return (
    <PageLayout
      title="Results"
      lead="Counted by the day on which a conversation began, in UTC."
      action={<Period days={days} change={setDays} among={["7", "30", "90", "365"]} />}
    >
      <Loaded query={results} lines={6}>
        {(data) => <Sections results={data} />}
      </Loaded>
    </PageLayout>
  );
}

function Sections({ results }: { results: Results }) {
  if (results.days.length === 0) {
    return <Empty title="No conversations in this period">Select a longer period, or wait for a shopper.</Empty>;
  }
  return (
    <>
      {results.alarms.map((alarm) => (
        <Alert key={alarm.name} color="orange" title={words(alarm.name)}>
          {alarm.message}
        </Alert>
      ))}
      <Figures results={results} />
      <div className="cards wide">
        <Service results={results} />
        <AnswerTimes results={results} />
      </div>
      <Funnel results={results} />
      {results.report && (
        <>
          <div className="cards wide">
            <UpliftCard uplift={results.report.uplift} holdout={results.report.holdout_basis_points / 10_000} />
            <OffersByDay results={results} />
          </div>
          <Branches branches={results.report.lines} />
        </>
      )}
      <Candidates />
    </>
  );
}
