"""Prometheus exposition: counts from several sources as metric families, served over HTTP.

Belongs here: families, the server. Does not: where counts come from (book.py, gatherers.py,
platform.watching).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.observe.catalogue import METRICS, Metric
from marketdata_platform.observe.logs import logger
from marketdata_platform.observe.metrics_recorder import Counts, Key

Source = Callable[[], Counts]


class Exposition(Collector):
    """Asks every source at each scrape. One that fails leaves its metrics out, and says so in the
    log.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def describe(self) -> Iterable[Family]:
        """Nothing: otherwise registering would ask every source."""
        return []

    def collect(self) -> Iterable[Family]:
        """Every family of the catalogue that has a value."""
        counts = Counts()
        for source in self._sources:
            try:
                counts.add(source())
            except Exception as error:  # noqa: BLE001  a broken source must not hide the others, whatever it raises
                logger("metrics").warning(
                    "a source of metrics failed", error=f"{type(error).__name__}: {error}"
                )
        values: dict[str, dict[Key, float]] = {}
        for part in (counts.counters, counts.gauges, counts.highest):
            for key, value in part.items():
                values.setdefault(key[0], {})[key] = value
        for metric in METRICS.values():
            family = (
                _histogram(metric, counts)
                if metric.buckets
                else _plain(metric, values.get(metric.name, {}))
            )
            if family.samples:
                yield family


def text(sources: Sequence[Source]) -> bytes:
    """One scrape, in Prometheus' text format."""
    return generate_latest(_registry(sources))


def serve(sources: Sequence[Source], host: str, port: int) -> tuple[WSGIServer, Thread]:
    """Serve `/metrics` in a thread until the server's `shutdown`.

    Raises:
        ConfigurationError: the address is in use, or not ours.
    """
    try:
        return start_http_server(port, addr=host, registry=_registry(sources))
    except OSError as error:
        raise ConfigurationError(
            f"metrics cannot be served on {host}:{port} ({error.strerror}): set metrics.host and "
            "metrics.port"
        ) from None


def _registry(sources: Sequence[Source]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Exposition(sources))
    return registry


def _plain(metric: Metric, values: dict[Key, float]) -> Family:
    made = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = made(metric.name, metric.doc, labels=metric.labels)
    for (_, labels), value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, found: Counts) -> Family:
    family = HistogramMetricFamily(metric.name, metric.doc, labels=metric.labels)
    bounds = [*(f"{bound:g}" for bound in metric.buckets), "+Inf"]
    for key, counts in sorted(found.buckets.items()):
        if key[0] == metric.name and len(counts) == len(bounds):
            cumulative = [float(total) for total in accumulate(counts)]
            family.add_metric(key[1], list(zip(bounds, cumulative, strict=True)), found.sums[key])
    return family
