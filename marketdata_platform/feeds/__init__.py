"""Live connections: WebSocket sessions, REST polls and repair, and the gatherer that writes what
they hear.

Belongs here: sockets, heartbeats, reconnects, limits. Does not: a venue by name (venues), files
(journal), decoding.
"""
