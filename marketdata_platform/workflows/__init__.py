"""Use cases: ports in, a result dataclass out. Belongs here: what the platform does. Does not: which adapter does it."""
