"""Where rows live: one file an engine, and one contract suite for all of them."""
