"""Results, system state and the audit log."""
