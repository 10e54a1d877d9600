"""Reading: windows of an instrument, named queries, and SQL from a person."""
