"""One module per command: options in, a table out."""
