"""Keys sign handshakes and are seen nowhere else."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.feeds.connecting.handshakes import handshake_of, history_headers_of
from marketdata_platform.settings import Settings
from marketdata_platform.venues.kalshi.keys import KEY_ID, PRIVATE_KEY
from marketdata_platform_tests.feeds.gathering.recording import Recording
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for

CANARY = "c4n4ry-0f-a-key-id"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def pem(key, monkeypatch):
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    monkeypatch.setenv(KEY_ID, CANARY)
    monkeypatch.setenv(PRIVATE_KEY, text)
    return text


def test_the_handshake_is_signed_by_time_method_and_path(key, pem):
    headers = handshake_of("kalshi")("wss://example.org/trade-api/ws/v2?x=1")
    signed = f"{headers['KALSHI-ACCESS-TIMESTAMP']}GET/trade-api/ws/v2".encode()
    key.public_key().verify(
        base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"]),
        signed,
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
        hashes.SHA256(),
    )
    assert headers["KALSHI-ACCESS-KEY"] == CANARY


def test_the_key_may_be_a_file_or_one_line(key, pem, tmp_path, monkeypatch):
    file = tmp_path / "key.pem"
    file.write_text(pem)
    monkeypatch.setenv(PRIVATE_KEY, str(file))
    assert handshake_of("kalshi")("wss://example.org/ws")
    monkeypatch.setenv(PRIVATE_KEY, pem.replace("\n", "\\n"))
    assert handshake_of("kalshi")("wss://example.org/ws")


def test_without_a_key_nothing_is_signed_and_half_a_key_is_an_error(monkeypatch):
    monkeypatch.delenv(KEY_ID, raising=False)
    monkeypatch.delenv(PRIVATE_KEY, raising=False)
    assert handshake_of("kalshi")("wss://example.org/ws") is None
    monkeypatch.setenv(KEY_ID, CANARY)
    with pytest.raises(ConfigurationError, match="go together") as caught:
        handshake_of("kalshi")("wss://example.org/ws")
    assert CANARY not in str(caught.value)
    monkeypatch.setenv(PRIVATE_KEY, "not a key " + CANARY)
    with pytest.raises(ConfigurationError) as caught:
        handshake_of("kalshi")("wss://example.org/ws")
    assert CANARY not in str(caught.value)


def test_a_venue_without_keys_is_asked_without_and_an_unknown_one_is_an_error():
    assert handshake_of("bybit")("wss://example.org/ws") is None
    assert history_headers_of("kalshi")("https://example.org/") is None
    for headers_of in (handshake_of, history_headers_of):
        with pytest.raises(ConfigurationError, match=r"venues/<name>/__init__\.py"):
            headers_of("nowhere")


def test_no_secret_is_in_journal_heartbeat_logs_or_errors(tmp_path, pem, caplog):
    middle = pem.splitlines()[3]
    with VenueServer() as server:
        settings = Settings(
            root=tmp_path,
            gatherers=["g1"],
            capture={"instruments": {"kalshi:event:KXA-1": ("trades",)}, "commit_seconds": 0.02},
            endpoints={
                "kalshi:event": {
                    "websocket": server.url.replace("//", f"//{CANARY}:x@") + f"?token={CANARY}",
                    "rest": server.rest,
                }
            },
        )
        with Recording(settings) as gatherer:
            wait_for(lambda: gatherer.notes("subscribed"))
            server.wrong.refuse = 401
            server.drop_all()
            wait_for(lambda: gatherer.status and "401" in gatherer.status.connections[0].last_error)
        assert server.seen.headers[0]["KALSHI-ACCESS-KEY"] == CANARY
    said = caplog.text + repr(gatherer.result) + repr(gatherer.error)
    said += "".join(one.stream + repr(one.payload) for one in gatherer.records())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    said += "".join(path.read_bytes().decode("latin-1") for path in files)
    assert len(files) >= 3
    assert CANARY not in said and middle not in said
    assert gatherer.notes("connected")[0]["url"] == server.url
