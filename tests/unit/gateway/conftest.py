"""Tests of the gateway without a server and without a database need no fixtures of their own."""
