"""The shop as services need it: catalogue, customers, orders, and sources that write them."""
