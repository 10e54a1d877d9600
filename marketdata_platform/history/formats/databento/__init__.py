"""Databento: its binary files (DBN), and what their records are here."""
