"""Exact numbers: decimals, scaled integers, 128-bit integers, and text to number. No record type is
known here.
"""
