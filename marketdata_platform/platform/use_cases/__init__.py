"""Use cases with the adapters that the configuration means: one module per command."""
