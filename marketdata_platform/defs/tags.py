"""Tags of runs: whose they are, and how urgent. Concurrency limits of dagster.yaml count by
`marketdata/kind`.
"""

GATHERER_TAG = "marketdata/gatherer"
KIND_TAG = "marketdata/kind"
_PRIORITY, _MAX_RUNTIME = "dagster/priority", "dagster/max_runtime"


def live_tags(kind: str, *, priority: int, max_seconds: int | None = None) -> dict[str, str]:
    """Tags of the runs that follow the markets; `max_seconds`: Dagster ends a run that takes
    longer.
    """
    limit = {} if max_seconds is None else {_MAX_RUNTIME: str(max_seconds)}
    return {KIND_TAG: kind, _PRIORITY: str(priority), **limit}
