"""The archive: sealed days as Parquet files with manifests, in a folder or an object store.

Belongs here: adapters of the port `Archive` (workflows.ports.archives): paths, files, objects, and
what makes a day visible at once. Does not: which days are written or deleted (workflows.archiving).
"""
