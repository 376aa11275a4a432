"""What a message names beside its intent: money, days, e-mail addresses, quantities, products and categories.

One component a module. Order numbers and discount codes come from Rasa's RegexEntityExtractor, which stands before
these in the pipeline; `spans` says which of two readings of the same words counts.
"""
