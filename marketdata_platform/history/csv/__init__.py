"""Delimited text to columns, in blocks of whole lines."""
