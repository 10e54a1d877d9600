"""Live connections: WebSocket sessions, REST polls and repair, and the gatherer that writes what
they hear.

Belongs here: sockets, heartbeats, reconnects, limits, and which channels a gatherer subscribes to.
A gatherer loads httpx, picows and Arrow (by workflows.ports), neither Polars nor Numba. Does not: a
venue by name (venues), files (journal), decoding.
"""
