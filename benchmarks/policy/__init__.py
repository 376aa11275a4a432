"""Offer policies and the estimators that judge them."""
