"""The archive: sealed days as Parquet files with manifests. Writing rules are in workflows/; here
is where and how.
"""
