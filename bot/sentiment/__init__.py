"""How a customer feels about a turn, and the apology to an angry one."""
