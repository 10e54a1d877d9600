import json
import multiprocessing
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from marketdata_platform.observe.catalogue import METRICS, exported_names
from marketdata_platform.observe.gatherers import gatherer_counts
from marketdata_platform.observe.metrics import text
from marketdata_platform.observe.metrics_recorder import FOLDER, STATE, MetricsRecorder, read_counts
from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    ConnectionStatus,
    GathererStatus,
    StreamStatus,
)

ROWS = "marketdata_store_rows_total"
TOOK = "marketdata_store_query_duration_seconds"


def samples(*counts):
    """`name{labels}` to value, of a scrape."""
    found = text([lambda c=one: c for one in counts]).decode()
    return {
        f"{s.name}{json.dumps(s.labels, sort_keys=True)}": s.value
        for family in text_string_to_metric_families(found)
        for s in family.samples
    }


def _count(root: Path, times: int) -> None:
    for _ in range(times):
        book = MetricsRecorder(root)
        book.count(ROWS, 2, dataset="trades", outcome="inserted")
        book.observe(TOOK, 0.003, verb="append")
        book.flush()


def test_counters_go_on_over_restarts_and_over_processes_at_once(tmp_path):
    workers = [
        multiprocessing.get_context("spawn").Process(target=_count, args=(tmp_path, 20))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    _count(tmp_path, 5)

    told = samples(read_counts(tmp_path))
    assert told[ROWS + '{"dataset": "trades", "outcome": "inserted"}'] == 90
    assert told[TOOK + '_count{"verb": "append"}'] == 45
    assert told[TOOK + '_bucket{"le": "0.0025", "verb": "append"}'] == 0
    assert told[TOOK + '_bucket{"le": "0.005", "verb": "append"}'] == 45
    assert abs(told[TOOK + '_sum{"verb": "append"}'] - 0.135) < 1e-9


def test_a_broken_or_unwritable_file_costs_numbers_and_no_work(tmp_path):
    _count(tmp_path, 1)
    (tmp_path / FOLDER / STATE).write_text('{"counters": [["marketdata_gone_total", 3], ["')
    _count(tmp_path, 1)
    assert (
        samples(read_counts(tmp_path))[ROWS + '{"dataset": "trades", "outcome": "inserted"}'] == 2
    )

    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / FOLDER).write_text("a file where the folder should be")
    book = MetricsRecorder(blocked)
    book.count(ROWS, 2, dataset="trades", outcome="inserted")
    book.flush()
    (blocked / FOLDER).unlink()
    book.flush()
    assert samples(read_counts(blocked))[ROWS + '{"dataset": "trades", "outcome": "inserted"}'] == 2
    MetricsRecorder(tmp_path / "no such root").flush()
    assert not (tmp_path / "no such root").exists()


def test_a_heartbeat_becomes_metrics_without_a_label_for_each_instrument():
    streams = [
        StreamStatus(
            f"deribit:option:BTC-{n}",
            "tickers",
            "c1",
            messages=n,
            gaps=1,
            last_recv_us=n * 1_000_000,
            lag_us=n,
        )
        for n in range(1, 501)
    ]
    connections = [
        ConnectionStatus("c1", "deribit", "option", "connected", disconnects=2, attempts=3)
    ]
    status = GathererStatus(
        "g1",
        7,
        "h",
        "",
        0,
        600_000_000,
        "capturing",
        frames=9,
        buffered_bytes=5,
        clock_offset_us={"deribit": -2_000},
        connections=connections,
        streams=streams,
    )
    told = samples(gatherer_counts("g1", status, 601_000_000, 30))
    line = '{"gatherer": "g1", "market": "option", "venue": "deribit"}'
    stream = '{"dataset": "tickers", "gatherer": "g1", "market": "option", "venue": "deribit"}'
    assert told['marketdata_gatherer_up{"gatherer": "g1"}'] == 1
    assert told[f"marketdata_gatherer_disconnects_total{line}"] == 2
    assert told[f"marketdata_stream_messages_total{stream}"] == sum(range(1, 501))
    assert told[f"marketdata_stream_last_frame_age_seconds{stream}"] == 600
    assert (
        told['marketdata_gatherer_clock_offset_seconds{"gatherer": "g1", "venue": "deribit"}']
        == -0.002
    )
    assert len(told) < 40

    late = samples(gatherer_counts("g1", status, 640_000_000, 30))
    assert late['marketdata_gatherer_up{"gatherer": "g1"}'] == 0
    assert samples(gatherer_counts("g2", None, 0, 30)) == {
        'marketdata_gatherer_up{"gatherer": "g2"}': 0
    }


def test_a_source_that_fails_hides_no_other(tmp_path):
    _count(tmp_path, 1)

    def broken():
        raise RuntimeError("no answer")

    found = text([broken, lambda: read_counts(tmp_path)]).decode()
    assert ROWS in found


def test_names_follow_the_conventions_and_labels_stay_few():
    for metric in METRICS.values():
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert (metric.kind == "histogram") == bool(metric.buckets), metric.name
        assert not {"instrument", "symbol", "connection", "run_id", "pid"} & set(metric.labels), (
            metric.name
        )
        assert metric.doc.endswith("."), metric.name
    assert "marketdata_landing_duration_seconds_bucket" in exported_names()
