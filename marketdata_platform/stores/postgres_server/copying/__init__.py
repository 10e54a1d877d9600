"""Arrow columns to and from PostgreSQL's binary COPY."""
