"""Market data platform: records every market without losing a message, and turns it into research-ready data."""
