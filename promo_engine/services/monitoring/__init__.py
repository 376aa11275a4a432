"""Use cases for the people who watch the shop: reports, live figures, fairness."""
