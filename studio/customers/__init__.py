"""Who the customers are: `lifetime` (expected purchases, value, churn), `segments`, `baskets` (association rules),
`profiles` (RFM, life-cycle stage, the card of a customer, drift between months)."""
