"""Records out of segments, local or shipped, whole or still being written."""
