"""Numba as our kernels use it: compiled code is cached under a key of all our sources.

Numba keys its cache on the file of the function alone: after a change in a function that it calls
from another file, the old code would go on running, and give wrong numbers. Import `numba` in a
kernel module only after this one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_numba = cast(Any, numba)  # its declared overloads leave out options that it takes
_PACKAGE = Path(__file__).resolve().parents[1]


def _key() -> str:
    """Hash of names, sizes and times of change of every source that a kernel may be made of."""
    folders = (_PACKAGE / "core", _PACKAGE / "history")
    facts = [
        (str(p), s.st_size, s.st_mtime_ns)
        for f in folders
        for p in sorted(f.rglob("*.py"))
        if (s := p.stat())
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _use_own_cache() -> None:
    # A user's own NUMBA_CACHE_DIR is theirs to keep clean; where the package cannot be written
    # Numba uses the home.
    if not numba.config.CACHE_DIR and os.access(_PACKAGE, os.W_OK):  # type: ignore[attr-defined]
        numba.config.CACHE_DIR = str(_PACKAGE / "__pycache__" / f"kernels-{_key()}")  # type: ignore[attr-defined]


_use_own_cache()


def njit(*signature: Any, **options: Any) -> Callable[[_Function], _Function]:
    """`numba.njit` with options, for functions that Python calls; C never does, so they get no
    wrapper for it.
    """
    compiled: Callable[[_Function], _Function] = _numba.njit(
        *signature, no_cfunc_wrapper=True, **options
    )
    return compiled


def inner(function: _Function) -> _Function:
    """For functions that only compiled ones call: no wrapper for Python either, a third of their
    compile time.

    Called from Python they would crash the process.
    """
    return njit(cache=True, nogil=True, no_cpython_wrapper=True)(function)
