"""What no gatherer saw: finding it, and repairing it from other sources."""
