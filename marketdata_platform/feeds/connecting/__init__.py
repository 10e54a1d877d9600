"""Connections: sockets, sessions, limits, and what a venue says when it refuses."""
