"""One SQL text as a person writes it: its parts, its parameters, and views put under its table
names.

Belongs here: words of SQL, well enough to know text from strings and comments. Does not: running
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql as pg
from psycopg.abc import AdaptContext

from marketdata_platform.core.datasets import DATASETS, Dataset
from marketdata_platform.core.datasets.ddl.duckdb import COVERAGE, identifier, literal, table_name
from marketdata_platform.core.datasets.ddl.postgres import INSTRUMENT_COLUMNS
from marketdata_platform.core.datasets.ordering import order_columns
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument

_WORDS = re.compile(
    r"""(?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<named>\$[A-Za-z_]\w*|\$\d+)
    |(?P<mark>\?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<space>\s+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_READING = ("SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "SHOW", "(")
_OPTIONS = frozenset(
    {"VERBOSE", "COSTS", "SETTINGS", "FORMAT", "TEXT", "JSON", "XML", "YAML", "GENERIC_PLAN"}
)
_EXPLAINING = _OPTIONS | {",", "TRUE", "FALSE", "ON", "OFF"}
_ALL: dict[str, Dataset] = {**DATASETS, COVERAGE.name: COVERAGE}


class Statement:
    """One statement without its trailing semicolon.

    Raises:
        InvalidInput: it does not begin as a statement that reads.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip().rstrip(";").rstrip()
        words = [word for kind, word in _parts(self.text) if kind not in ("space", "comment")]
        self.kind = words[0].upper() if words else ""
        if self.kind not in _READING or "\0" in text:
            raise InvalidInput(
                "queries are read-only: give one SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW"
            )
        if self.kind == "EXPLAIN" and not _only_explains([word.upper() for word in words[1:]]):
            raise InvalidInput(
                "EXPLAIN ANALYZE runs its statement: give EXPLAIN alone, or (VERBOSE, FORMAT JSON)"
            )
        self.sorts = "ORDER" in (
            word.upper() for word in words
        )  # an index may do it, and the plan shows no step then


def _only_explains(words: list[str]) -> bool:
    """True if what follows EXPLAIN does not run its statement: only options that are known not to
    come before it.

    Any other word is refused: PostgreSQL also takes ANALYSE, "analyze" and what stands for it in
    Unicode escapes.
    """
    if words[:1] == ["("] and words[1:2] and words[1] not in _READING:
        end = words.index(")") if ")" in words else len(words)
        options, words = words[1:end], words[end + 1 :]
        if not _EXPLAINING.issuperset(options):
            return False
    elif words[:1] == ["VERBOSE"]:
        words = words[1:]
    return bool(words) and words[0] in _READING and words[0] not in ("EXPLAIN", "SHOW")


def bound(
    text: str, parameters: Sequence[Any] | Mapping[str, Any] | None, context: AdaptContext
) -> str:
    """`text` with `?`, `$1` or `$name` as quoted values: COPY takes no parameters.

    Raises:
        InvalidInput: a value is missing, or one is left over.
    """
    if parameters is None:
        return text
    used: set[Any] = set()
    out: list[str] = []
    marks = 0
    for kind, word in _parts(text):
        if kind not in ("mark", "named"):
            out.append(word)
            continue
        key: Any = word[1:]
        if kind == "mark":
            key, marks = marks, marks + 1
        elif key.isdigit():
            key = int(key) - 1
        used.add(key)
        out.append(pg.Literal(_value(parameters, key, word)).as_string(context))
    known = set(parameters) if isinstance(parameters, Mapping) else set(range(len(parameters)))
    if known - used:
        raise InvalidInput(f"{len(known - used)} value(s) given to the query have no place in it")
    return "".join(out)


def _value(parameters: Any, key: Any, word: str) -> Any:
    try:
        return parameters[key]
    except (KeyError, IndexError, TypeError):
        raise InvalidInput(f"no value is given for {word} of the query") from None


def _with_schema(parts: Sequence[tuple[str, str]]) -> Dataset | None:
    """The dataset that `schema.name` names; None where the parts are something else."""
    if len(parts) < 3 or parts[1][1] != ".":
        return None
    dataset = _ALL.get(_name(parts[2]))
    return dataset if dataset is not None and dataset.schema_name == _name(parts[0]) else None


def with_views(text: str, instruments: Sequence[Instrument] | None, *, ordered: bool) -> str:
    """`text` over views of the datasets that it names: of these instruments only, or in the
    dataset's order.
    """
    parts = list(_parts(text))
    names: dict[str, None] = {}
    rest, at = "", 0
    while at < len(parts):
        dataset = _with_schema(parts[at : at + 3])
        name = _name(parts[at]) if dataset is None else dataset.name
        if name in _ALL:
            names[name] = None
        rest += parts[at][1] if dataset is None else identifier(name)
        at += 1 if dataset is None else 3
    if not names:
        return text
    views = ", ".join(
        f"{identifier(name)} AS ({_view(_ALL[name], instruments, ordered)})" for name in names
    )
    matched = re.match(r"(?is)((?:\s|--[^\n]*\n|/\*.*?\*/)*)with\s+(recursive\s+)?", rest)
    if matched:
        return f"WITH {matched[2] or ''}{views}, {rest[matched.end() :]}"
    return f"WITH {views} {rest}"


def _name(part: tuple[str, str]) -> str:
    kind, word = part
    return word.lower() if kind == "word" else word[1:-1] if kind == "quoted" else ""


def _view(dataset: Dataset, instruments: Sequence[Instrument] | None, ordered: bool) -> str:
    columns = ", ".join(
        identifier(name) for name in (*INSTRUMENT_COLUMNS, *(c.name for c in dataset.columns))
    )
    view = f"SELECT {columns} FROM {table_name(dataset)}"
    if instruments is not None:
        chosen = ", ".join(
            f"({literal(i.venue)}, {literal(i.market)}, {literal(i.symbol)})" for i in instruments
        )
        view += f" WHERE (venue, market, symbol) IN ({chosen})" if chosen else " WHERE false"
    return f"{view} ORDER BY {_order(dataset)}" if ordered else view


def _order(dataset: Dataset) -> str:
    """By instrument, then as `ordering.in_order` sorts: ids that are numbers as numbers, nulls
    last.
    """
    terms = list(INSTRUMENT_COLUMNS)
    for name in order_columns(dataset):
        if name == "trade_id":
            terms.append(
                f"CASE WHEN {identifier(name)} ~ '^[+-]?[0-9]{{1,18}}$' THEN "
                f"{identifier(name)}::bigint END"
            )
        terms.append(identifier(name))
    return ", ".join(terms)


def _parts(text: str) -> list[tuple[str, str]]:
    return [
        (str(m.lastgroup if m.lastgroup != "tag" else "string"), m[0])
        for m in _WORDS.finditer(text)
    ]
