"""Kalshi: event contracts."""
