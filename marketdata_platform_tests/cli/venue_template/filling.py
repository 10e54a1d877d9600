"""Saying what a new venue has not said: `unsaid` replaced by what a table has for it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Unsaid:
    """One placeholder: what it stands for, what it says of it, and the text to be replaced."""

    what: str
    how: str
    start: int
    end: int


def unsaid_in(source: str) -> list[Unsaid]:
    """The placeholders of a file, in order. Above a function: the whole function."""
    offsets = [0]
    for line in source.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))

    def place(node: ast.AST, start: ast.AST | None = None) -> tuple[int, int]:
        first = node if start is None else start
        return (
            offsets[first.lineno - 1] + first.col_offset,
            offsets[node.end_lineno - 1] + node.end_col_offset,
        )

    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(map(_is_unsaid, node.decorator_list)):
            (call,) = node.decorator_list
            start, end = place(node, call)
            found[call] = Unsaid(*_said(call), start - 1, end)  # with the @
        elif _is_unsaid(node):
            found.setdefault(node, Unsaid(*_said(node), *place(node)))
    return sorted(found.values(), key=lambda one: one.start)


def _is_unsaid(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "unsaid"


def _said(call: ast.expr) -> tuple[str, str]:
    assert isinstance(call, ast.Call)
    _, what, how = (ast.literal_eval(one) for one in call.args)
    return what, how


def filled(source: str, values: Mapping[str, str], more: str = "") -> str:
    """The file with everything said; `more` goes behind its imports."""
    text = source.encode()
    for one in reversed(unsaid_in(source)):
        text = text[: one.start] + values[one.what].strip().encode() + text[one.end :]
    tree = ast.parse(text)
    last = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)][-1]
    lines = text.decode().splitlines(keepends=True)
    return "".join([*lines[: last.end_lineno], more, *lines[last.end_lineno :]])
