"""Decisions, outcomes, versions of the policy, reports and kept replies as services need them."""
