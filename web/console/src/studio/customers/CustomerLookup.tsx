import { Button } from "@mantine/core";
import { useState } from "react";
import { Text } from "../../components/fields";
import { Failure, Loading } from "../../components/states";
import { type CustomerCards, type CustomersData, useDocument } from "../documents";
import { CustomerCard } from "./CustomerCard";

/** Finds a customer by id and shows the card. */
export function CustomerLookup({ data }: { data: CustomersData }) {
  const [typed, setTyped] = useState("");
  const [customerId, setCustomerId] = useState<string | null>(null);
  const cards = useDocument<CustomerCards>("customer-cards", customerId !== null);
  const known = cards.data?.data;
  const card = known?.cards.find(({ id }) => id === customerId);
  return (
    <div className="card">
      <h2>Customer card</h2>
      <form
        className="pair"
        onSubmit={(event) => {
          event.preventDefault();
          setCustomerId(typed.trim());
        }}
      >
        <Text label="Customer id" value={typed} change={setTyped} />
        <Button type="submit" variant="default" disabled={typed.trim() === ""}>
          Show the card
        </Button>
      </form>
      {customerId !== null && cards.error && <Failure error={cards.error} retry={() => void cards.refetch()} />}
      {customerId !== null && !cards.error && !cards.data && <Loading lines={2} />}
      {known && customerId !== null && !card && <p role="alert">The sales have no customer {customerId}.</p>}
      {known && card && <CustomerCard card={card} cards={known} traits={data.traits} />}
    </div>
  );
}
