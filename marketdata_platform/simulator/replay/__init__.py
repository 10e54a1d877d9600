"""Recorded frames played through the real protocols."""
