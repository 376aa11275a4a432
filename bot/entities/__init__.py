"""What a message names: order numbers, money, days, e-mail addresses, quantities, products and categories.

One component a module. Discount codes come from Rasa's RegexEntityExtractor, which stands before these in the
pipeline; `spans` says which of two readings of the same words counts.
"""
