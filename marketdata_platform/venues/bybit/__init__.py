"""Bybit v5: spot, linear and inverse."""
