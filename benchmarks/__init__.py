"""What is measured, one room a subject. Each prints a table and writes var/bench/<name>.json; `make bench-<name>`."""
