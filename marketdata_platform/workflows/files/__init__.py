"""Files into the store: import and bulk load."""
