"""Public dumps of the simulated exchange, and what can be wrong with them."""
