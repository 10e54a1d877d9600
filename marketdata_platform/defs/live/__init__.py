"""Capture, landing, closing and repair as jobs, sensors and schedules."""
