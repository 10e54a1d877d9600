"""Trades as plain integer columns in trade order: what every kernel takes."""
