"""One codec an aggregate: how offers, benefits, conditions, contexts and plans become JSON and back."""
