"""Binance: spot, USD-M, COIN-M and options."""
