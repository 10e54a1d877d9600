"""Seeded markets: what happens in them, and the ledger of what really happened. No protocol is
known here.
"""
