"""Frames to disk: framing, group commit, sealing, recovery after a crash."""
