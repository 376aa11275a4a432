"""Use cases of learning: rewards, versions, the gate."""
