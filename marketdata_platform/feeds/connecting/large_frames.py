"""Memory of large frames, given back to the system.

picows' read buffer grows to the largest frame and stays so: without this, one frame of 50 MB costs
a connection 50 MB of memory until it ends.
"""

from __future__ import annotations

import ctypes
import mmap
import sys

import numpy as np

_DONT_NEED = 4  # MADV_DONTNEED of Linux
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def give_back(payload: memoryview) -> None:
    """Let go the pages that lie wholly inside `payload`, which was copied out and which nobody
    reads again.
    """
    if _libc is None or not len(payload):
        return
    address = int(np.frombuffer(payload, np.uint8).__array_interface__["data"][0])
    first = -(-address // mmap.PAGESIZE) * mmap.PAGESIZE
    size = (address + len(payload)) // mmap.PAGESIZE * mmap.PAGESIZE - first
    if size > 0:
        _libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(size), _DONT_NEED)
