"""`marketdata health`: is everything alive? For probes by its exit status, for people by what it
says.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import console, json_line, plain
from marketdata_platform.core.errors import InvalidInput, MarketDataError
from marketdata_platform.observe.redact import redacted_text
from marketdata_platform.platform import open_with
from marketdata_platform.platform.watching.health import CHECKS
from marketdata_platform.platform.watching.health import health as look
from marketdata_platform.settings import Settings, load_settings
from marketdata_platform.workflows.watching.health import FAILED, Check, exit_status, worst

_MARKS = {
    "ok": "[green]ok[/]      ",
    "degraded": "[yellow]degraded[/]",
    "failed": "[red]failed[/]  ",
}


def health(
    *,
    check: Annotated[
        list[str] | None, Parameter(help="Only this check; may be given again", negative=())
    ] = None,
    gatherer: Annotated[
        str | None, Parameter(help="Of gatherers only this one: the probe of its own process")
    ] = None,
    timeout: Annotated[float, Parameter(help="Seconds that all checks together may take")] = 5.0,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object", negative=())] = False,
) -> int:
    """Look at root, store, archive, gatherers, landing and exports; each check within the timeout.

    Exit status 0: all is well; 1: degraded, somebody should look; 2: failed, something does not
    work.
    """
    unknown = [name for name in check or [] if name not in CHECKS]
    if unknown:
        raise InvalidInput(f"no check is called {unknown[0][:40]!a}; there are {', '.join(CHECKS)}")
    only = ["gatherers"] if gatherer is not None and not check else check
    try:
        platform = open_with(_settings(gatherer, timeout))
        checks = look(platform, only=only, timeout_seconds=timeout)
    except MarketDataError as error:
        checks = [Check("configuration", FAILED, redacted_text(str(error)))]
    status = worst(checks)
    if json_:
        json_line({"status": status, "checks": [asdict(one) for one in checks]})
        return exit_status(status)
    for one in checks:
        console.print(
            f"{_MARKS[one.status]} [bold]{one.name:<10}[/] {plain(one.text)}", soft_wrap=True
        )
    return exit_status(status)


def _settings(gatherer: str | None, timeout: float) -> Settings:
    """The configuration, with no patience for locks, and of gatherers only the one asked for."""
    settings = load_settings()
    patience = min(0.5, timeout / 2)
    impatient = settings.store.model_copy(update={"lock_timeout_seconds": patience})
    changes: dict[str, object] = {"store": impatient}
    if gatherer is not None:
        if gatherer not in settings.gatherers:
            known = ", ".join(settings.gatherers)
            raise InvalidInput(f"no gatherer is called {gatherer[:40]!a}; there are {known}")
        changes["gatherers"] = {gatherer: settings.gatherers[gatherer]}
    return settings.model_copy(update=changes)
