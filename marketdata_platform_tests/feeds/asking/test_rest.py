"""REST: kept connections, limits, retries, and answers of any size."""

import asyncio
import gzip
import time
from dataclasses import replace

import pytest

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable
from marketdata_platform.feeds.asking.http_connection import LARGEST_BODY_BYTES, HttpConnection
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.connecting.refusals import VenueRefusal
from marketdata_platform.venues.endpoint import Allowance
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform_tests.feeds.asking.http_server import HttpServer, TlsServer, answer


def ask(server, *requests, weight=1, allowance=None, **options):
    """The answers to requests by one client."""
    endpoint = replace(
        endpoint_of("binance", "spot"), rest=f"{server.address}/base", weight=allowance
    )

    async def run():
        client = RestClient(endpoint, first_backoff_seconds=0.01, **options)
        try:
            return [await client.get(one, weight=weight) for one in requests]
        finally:
            await client.close()

    return asyncio.run(run())


def test_requests_share_one_connection_and_keep_the_addresss_own_path():
    with HttpServer(answer(body=b"[1]")) as server:
        replies = ask(server, "/api?symbol=A%20B", "/api", "/api")
    assert [one.body for one in replies] == [b"[1]"] * 3
    assert server.connections == 1
    assert server.requests[0].startswith(b"GET /base/api?symbol=A%20B HTTP/1.1\r\n")
    assert b"authorization" not in server.requests[0].lower()
    assert (
        abs(replies[0].recv_ns - time.time_ns()) < 60e9 and replies[0].recv_ns >= replies[0].sent_ns
    )


def test_an_answer_in_chunks_is_put_together():
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with HttpServer(chunked) as server:
        assert [one.body for one in ask(server, "/a", "/b")] == [b"abcde"] * 2


def test_a_kept_connection_that_has_ended_is_replaced_at_once():
    with HttpServer(answer(), None, answer(body=b"again")) as server:
        assert ask(server, "/a", "/b")[1].body == b"again"
    assert server.connections == 2


def test_a_lost_answer_is_asked_for_again_and_after_all_attempts_it_is_an_error():
    with HttpServer(None, None, answer(body=b"at last")) as server:
        assert ask(server, "/a")[0].body == b"at last"
    with (
        HttpServer(None) as server,
        pytest.raises(VenueUnavailable, match=r"binance:spot \(127.0.0.1\) after 3"),
    ):
        ask(server, "/a", attempts=3)


def test_too_many_requests_are_followed_by_the_wait_that_the_venue_asks_for():
    with HttpServer(answer(429, b"slow down", "Retry-After: 1"), answer(body=b"fine")) as server:
        begun = time.monotonic()
        assert ask(server, "/a")[0].body == b"fine"
        assert time.monotonic() - begun >= 1.0


def test_a_ban_is_an_error_at_once_that_says_for_how_long():
    with HttpServer(answer(418, b'{"msg":"banned"}', "Retry-After: 7200")) as server:
        with pytest.raises(VenueRefusal, match="HTTP 418; it asks to wait 7200 s") as caught:
            ask(server, "/a")
        assert caught.value.too_many and caught.value.retry_after == 7200
    assert len(server.requests) == 1


def test_other_refusals_are_answers_and_server_errors_are_tried_again():
    with HttpServer(answer(503), answer(500), answer(404, b"none")) as server:
        reply = ask(server, "/a")[0]
    assert (reply.status, reply.body, len(server.requests)) == (404, b"none", 3)


def test_weights_are_kept_within_the_allowance():
    with HttpServer(answer()) as server:
        begun = time.monotonic()
        ask(server, "/a", "/b", "/c", weight=5, allowance=Allowance(10, 0.5))
        assert time.monotonic() - begun >= 0.5


def test_no_answer_in_time_is_an_error():
    with (
        HttpServer(b"HTTP/1.1 200 OK\r\n") as server,
        pytest.raises(VenueUnavailable, match=r"no answer in 0.1 s"),
    ):
        ask(server, "/a", timeout_seconds=0.1, attempts=1)


def test_an_answer_of_50_mb_is_taken_and_a_larger_one_than_that_is_refused():
    with HttpServer(answer(body=b"x" * 50_000_000)) as server:
        assert len(ask(server, "/a")[0].body) == 50_000_000
    endless = f"HTTP/1.1 200 OK\r\nContent-Length: {2 * LARGEST_BODY_BYTES}\r\n\r\n".encode()
    large = HttpServer(endless + b"x" * (LARGEST_BODY_BYTES + 1))
    with large as server, pytest.raises(VenueUnavailable, match="above 67,108,864 bytes"):
        ask(server, "/a", attempts=1)


def test_a_compressed_answer_is_unpacked_and_the_cap_is_on_what_comes_out():
    packed = answer(200, gzip.compress(b"[1,2]"), "Content-Encoding: gzip")
    with HttpServer(packed) as server:
        assert ask(server, "/a")[0].body == b"[1,2]"
        assert b"accept-encoding: gzip\r\n" in server.requests[0].lower()
    bomb = gzip.compress(bytes(LARGEST_BODY_BYTES + 1))
    with (
        HttpServer(answer(200, bomb, "Content-Encoding: gzip")) as server,
        pytest.raises(VenueUnavailable, match="above 67,108,864 bytes"),
    ):
        ask(server, "/a", attempts=1)


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding):
    with (
        HttpServer(answer(200, b"x", f"Content-Encoding: {encoding}")) as server,
        pytest.raises(VenueUnavailable, match="which was not asked for"),
    ):
        ask(server, "/a", attempts=1)


def test_a_cut_answer_is_an_error_and_never_a_short_body():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX: close\r\n\r\nabc"
    with (
        HttpServer(cut) as server,
        pytest.raises(VenueUnavailable, match="after 1 attempts: REST: peer closed connection"),
    ):
        ask(server, "/a", attempts=1)


def test_an_answer_that_ends_its_connection_is_followed_by_another_connection():
    with HttpServer(answer(200, b"1", "Connection: close"), answer(body=b"2")) as server:
        assert [one.body for one in ask(server, "/a", "/b")] == [b"1", b"2"]
    assert server.connections == 2


def test_cookies_are_not_kept_and_redirections_are_not_followed():
    moved = answer(302, b"", "Set-Cookie: a=b; Path=/", "Location: /elsewhere")
    with HttpServer(moved) as server:
        assert [one.status for one in ask(server, "/a", "/b")] == [302, 302]
    assert len(server.requests) == 2
    assert not any(b"cookie" in one.lower() for one in server.requests)


def test_a_quoted_request_goes_out_as_it_was_written():
    with HttpServer(answer()) as server:
        ask(server, "/api?symbols=%5B%22A%22%5D&b=1,2&d=%41")
    line = server.requests[0].split(b"\r\n")[0]
    assert line == b"GET /base/api?symbols=%5B%22A%22%5D&b=1,2&d=%41 HTTP/1.1"


def test_a_key_that_is_no_header_is_an_error_that_does_not_hold_it():
    with HttpServer(answer()) as server, pytest.raises(ConfigurationError) as caught:
        ask(server, "/a", headers=lambda url: {"X-KEY": "very\nsecret"})
    assert "look at the keys in the environment" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_proxy_of_the_environment_is_for_other_hosts_only(monkeypatch):
    with HttpServer(answer(body=b"asked the proxy")) as proxy, HttpServer(answer()) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ask(server, "/a")[0].body == b"{}"
        assert get("http://venue.invalid", "/b").body == b"asked the proxy"
    assert proxy.requests[0].startswith(b"GET http://venue.invalid")


def test_a_proxy_that_cannot_be_used_is_an_error_of_the_configuration(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "nonsense://user:secret@127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="look at HTTPS_PROXY") as caught:
        get("http://venue.invalid", "/b")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_why_there_is_no_connection_is_said_in_the_systems_words(host):
    with pytest.raises(VenueUnavailable, match=r"REST: \[Errno 111\] Connect call failed"):
        get(f"http://{host}:1", "/a")


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path, monkeypatch):
    with TlsServer(tmp_path) as server:
        with pytest.raises(VenueUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            get(server.address, "/a")
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert get(server.address, "/a").body == b"{}"


def get(address, request):
    """The answer by a connection of its own."""

    async def run():
        connection = HttpConnection(address)
        try:
            return await connection.get(request, {})
        finally:
            await connection.close()

    return asyncio.run(run())
