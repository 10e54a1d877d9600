"""Work ahead: make the next item in a thread so that decompressing, parsing and storing overlap.

zlib, the compiled parser and the store all let go of the interpreter lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order; while one is in use the next is being made.

    An error of `items` is raised here, after the items before it. Closing the result waits for the
    item under way.
    """
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
        pending = pool.submit(next, items, cast(T, end))
        while (item := pending.result()) is not end:
            pending = pool.submit(next, items, cast(T, end))
            yield item
