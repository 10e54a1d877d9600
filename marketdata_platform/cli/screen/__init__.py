"""What the terminal shows: tables, numbers, progress, refreshing views."""
