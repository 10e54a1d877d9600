"""One file a venue: names, layouts and messages as data, and how a message becomes an event. Pure:
no socket.
"""
