"""The exchange as a server on loopback: connections, limits, faults on the way."""
