"""The canonical shop in SQL: whole items go in, each with an answer of its own."""
