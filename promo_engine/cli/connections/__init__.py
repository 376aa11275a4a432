"""Commands about connected shops and their customers."""
