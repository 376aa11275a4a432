"""Any table or JSON file, read with a mapping that a person writes or `promobot shop guess` begins."""
