"""Decisions, outcomes, policies, reports and kept replies in SQL."""
