"""Retention, maintenance, failure notices, and Dagster's own history kept small."""
