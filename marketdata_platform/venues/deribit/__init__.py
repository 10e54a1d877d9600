"""Deribit: every market over one connection."""
