"""REST: requests within limits, polls, pages of the past, the clock."""
