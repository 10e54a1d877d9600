"""Health, metrics, and adapters that count what passes through them."""
