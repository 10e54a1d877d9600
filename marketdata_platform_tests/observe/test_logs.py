import io
import json
import logging
import subprocess
import sys
import time

import pytest
from pydantic import SecretStr

from marketdata_platform.observe.logs import configure_logs, logger
from marketdata_platform.observe.redact import is_secret_name, redacted_text

CANARY = "c4n4ry-S3cret"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\nabc=\n-----END RSA PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def logging_as_before():
    root, own = logging.getLogger(), logging.getLogger("marketdata_platform")
    before = (root.level, own.level, list(root.handlers))
    yield
    root.setLevel(before[0])
    own.setLevel(before[1])
    root.handlers[:] = before[2]


@pytest.fixture(params=["console", "json"])
def written(request):
    stream = io.StringIO()
    configure_logs(request.param, "debug", stream)
    return stream


LEAKS = [
    {"password": CANARY},
    {"api_key": CANARY},
    {"apiKey": CANARY},
    {"KALSHI-ACCESS-SIGNATURE": CANARY},
    {"secretAccessKey": CANARY},
    {"key": CANARY},
    {"session_token": CANARY},
    {"headers": {"Authorization": f"Bearer {CANARY}", "Cookie": CANARY}},
    {"nested": [{"deep": ({"token": CANARY},)}]},
    {"settings": SecretStr(CANARY)},
    {"url": f"postgresql://user:{CANARY}@db:5432/market"},
    {"url": f"postgresql://user:{CANARY}/with@signs@db/market"},
    {"url": f"https://{CANARY}@host/path"},
    {"dsn": f"host=db user=u password={CANARY} dbname=m"},
    {"dsn": f"host=db password='{CANARY} with blank' dbname=m"},
    {"url": f"https://s3/b/k?X-Amz-Credential={CANARY}%2Fx&X-Amz-Signature={CANARY}&X-Amz-Date=1"},
    {"text": f'{{"api_key": "{CANARY}", "ok": 1}}'},
    {"text": f"Authorization: Bearer {CANARY}.{CANARY}"},
    {"text": PEM},
    {"text": PEM.replace("\n", "\\n")},
    {"text": f"-----BEGIN PRIVATE KEY-----\n{CANARY}"},
    {"body": f"secret={CANARY}".encode()},
    {"error": ValueError(f"connection to postgres://u:{CANARY}@h failed")},
]


@pytest.mark.parametrize("fields", LEAKS, ids=range(len(LEAKS)))
def test_no_secret_reaches_the_log_whatever_it_came_in(written, fields):
    logger("canary").info("something", **fields)
    logger("canary").bind(**fields).warning("bound")
    logger("canary").error(f"in the event itself: {fields}" if "key" not in fields else "")

    assert "something" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_a_traceback_is_shown_without_the_secret_that_the_error_quotes(written):
    try:
        raise RuntimeError(f"cannot reach postgresql://app:{CANARY}@db/market")
    except RuntimeError:
        logger("canary").exception("failed", attempt=3)

    assert "RuntimeError: cannot reach postgresql://***@db/market" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_what_libraries_log_is_redacted_too_and_heard_from_warning_on(written):
    logging.getLogger("urllib3.connectionpool").warning(
        "error connecting to %s", f"postgresql://u:{CANARY}@h/db"
    )
    logging.getLogger("botocore.auth").debug("signature %s", CANARY)

    assert "postgresql://***@h/db" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_nothing_configured_leaks_nothing(caplog):
    with caplog.at_level(logging.INFO, logger="marketdata_platform"):
        logger("canary").info("connected 100%", password=CANARY, url=f"wss://u:{CANARY}@h/ws")

    assert "connected 100%" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "plain",
    [
        "wss://stream.binance.com:9443/ws/btcusdt@trade",
        "wss://stream.binance.com/stream?streams=btcusdt@trade/ethusdt@depth",
        "ws://[::1]:8080/ws/btcusdt@trade",
        "2026-01-01T00:00:00 lag 12 ms, 3 gaps",
        "s3://bucket/prefix/day=2026-01-01/part-0.parquet",
        "duplicate key value violates unique constraint",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(plain):
    assert redacted_text(plain) == plain


def test_names_of_fields_are_read_word_by_word():
    secret = [
        "password",
        "PGPASSWORD_FILE_TOKEN",
        "X-Auth-Token",
        "accessKeyId",
        "key",
        "private_key",
        "pwd",
    ]
    plain = [
        "routing_key",
        "monkey",
        "keyboard",
        "tokens_per_second_limit",
        "author",
        "first_key",
        "stream",
        "keys",
    ]
    assert [name for name in secret if not is_secret_name(name)] == []
    assert [name for name in plain if is_secret_name(name)] == []


def test_a_json_line_is_one_object_with_time_level_and_logger():
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    logger("capture").bind(gatherer="g1").info("connected", connection="3f9c2a", lag_us=12, at=None)
    logger("capture").debug("not told")

    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "level": "info",
        "logger": "capture",
        "event": "connected",
        "gatherer": "g1",
        "connection": "3f9c2a",
        "lag_us": 12,
        "at": None,
    }


def test_a_hostile_symbol_cannot_forge_a_line(written):
    logger("land").info("quarantined", symbol="X\n2026 [error] forged\x1b[2J\u2028\u202e")

    assert len(written.getvalue().splitlines()) == 1
    assert "\x1b" not in written.getvalue()


def test_a_huge_field_is_cut(written):
    logger("land").info("frame", payload="x" * 1_000_000)
    assert len(written.getvalue()) < 40_000


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "a://",
        "token",
        "token-",
        "eyJ-",
        "eyJa.",
        "-----BEGIN A-----",
        'password="',
        "secret='\\\\",
        "a:b@",
        "://",
        "\n ",
    ],
)
def test_hostile_text_costs_no_more_than_its_length(piece):
    started = time.process_time()
    redacted_text(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 1.0


def test_a_long_traceback_keeps_its_end_and_shows_nothing_of_a_secret_that_is_cut():
    text = f"first line password={CANARY * 2_000} " + "frame " * 5_000 + "ValueError: the reason"
    told = redacted_text(text)
    assert told.startswith("first line password=***")
    assert told.endswith("ValueError: the reason")
    assert CANARY[:6] not in told


def test_configuring_again_replaces_and_does_not_double():
    first, second = io.StringIO(), io.StringIO()
    configure_logs("json", "info", first)
    configure_logs("json", "info", second)
    logger("capture").info("once")
    assert (first.getvalue(), len(second.getvalue().splitlines())) == ("", 1)


def test_logging_loads_no_heavy_library():
    code = (
        "import sys; from marketdata_platform.observe.logs import logger, configure_logs; "
        "configure_logs('json');"
        "logger('x').info('y'); print([m for m in ('polars', 'numba', 'pyarrow', 'dagster') if m "
        "in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
