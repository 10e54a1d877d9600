"""What is remembered beside the rows: gap ledger, cursors, notes, spans. Imports no other wing."""
