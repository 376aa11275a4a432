"""One file a benchmark: each prints a table and writes var/bench/<name>.json. `make bench-<name>` runs one."""
