"""An S3 server on loopback for the tests: moto, with atomic conditional puts, and faults that are
switched on at will.

It runs in this process, once for the whole suite; every test has a bucket of its own.
"""

import functools
import itertools
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from pydantic import SecretStr
from werkzeug.serving import make_server

from marketdata_platform.archive.object_store import ObjectArchive, open_object_archive
from marketdata_platform.settings import ArchiveSection

KEY, SECRET = "AKIACANARYKEYID", "canary-secret-access-key"
_numbers = itertools.count(1)


@dataclass
class Fault:
    """What happens to requests whose `METHOD /path?query` matches; `times`: to so many of them,
    after `skip`.
    """

    match: str
    action: str  # 503 | 403 | reset | reset_after (done, but the answer is lost) | stall | truncate
    times: int = 1_000_000
    skip: int = 0
    seconds: float = 5.0
    hits: int = field(default=0)

    def applies(self, request: str) -> bool:
        if not re.search(self.match, request):
            return False
        self.hits += 1
        return self.skip < self.hits <= self.skip + self.times


class _Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        pass


class S3Server:
    """`endpoint`, buckets, faults, and what was asked."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.hooks: dict[str, Callable[[], None]] = {}  # run once before a request that matches
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._one_at_a_time = threading.Lock()
        self._server = make_server(
            "127.0.0.1", 0, self._app, threaded=True, request_handler=_Handler
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    @functools.cached_property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def bucket(self) -> str:
        """A new bucket; faults and requests of other tests are forgotten."""
        self.faults, self.requests, self.hooks = [], [], {}
        name = f"bucket-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        self.requests.clear()
        return name

    def section(self, url: str, **changed: Any) -> ArchiveSection:
        keys = {"access_key_id": SecretStr(KEY), "secret_access_key": SecretStr(SECRET)}
        return ArchiveSection(
            **{"url": url, "endpoint": self.endpoint, "retries": 2, **keys, **changed}
        )

    def archive(self, **changed: Any) -> ObjectArchive:
        url = changed.pop("url", None) or f"s3://{self.bucket()}/pre/fix"
        return open_object_archive(self.section(url, **changed))

    def keys(self, bucket: str) -> list[str]:
        return [
            one["Key"] for one in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        ]

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        request = (
            f"{environ['REQUEST_METHOD']} {environ.get('REQUEST_URI', '').partition('?')[0]}{query}"
        )
        self.requests.append(request)
        for match in [m for m in self.hooks if re.search(m, request)]:
            self.hooks.pop(match)()
        fault = next((f for f in self.faults if f.applies(request)), None)
        if fault is not None and fault.action != "reset_after":
            return self._failed(fault, environ, start_response)
        if environ.get("HTTP_IF_MATCH") or environ.get("HTTP_IF_NONE_MATCH"):
            with self._one_at_a_time:  # moto looks, then writes; S3 does both at once
                answer = list(self._moto(environ, start_response))
        else:
            answer = self._moto(environ, start_response)
        if fault is not None:
            _cut(environ)
        return answer

    def _failed(
        self, fault: Fault, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if fault.action == "stall":
            time.sleep(fault.seconds)
        if fault.action in ("reset", "stall"):
            _cut(environ)
            start_response("500 Cut Off", [("Content-Length", "0")])  # nobody hears it
            return []
        if fault.action == "truncate":
            body = b"".join(self._moto(environ, lambda *_: None))
            start_response("206 Partial Content", [("Content-Length", str(len(body)))])
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return iter([body[: len(body) // 2]])
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        code, status = {
            "503": ("SlowDown", "503 Slow Down"),
            "403": ("AccessDenied", "403 Forbidden"),
        }[fault.action]
        body = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
        start_response(
            status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        )
        return [body]


def _cut(environ: dict[str, Any]) -> None:
    connection = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.shutdown(socket.SHUT_RDWR)


@functools.cache
def s3_server() -> S3Server:
    """The suite's one server."""
    return S3Server()
