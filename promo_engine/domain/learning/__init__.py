"""What the policy learns from, and its versions."""
