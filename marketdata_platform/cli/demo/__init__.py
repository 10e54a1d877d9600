"""`marketdata demo`: the whole platform on this machine."""
