"""The gatherer: its plan, its markets, frames into the sink, and the watch over channels."""
