"""Exact 128-bit integers inside compiled kernels, as pairs of int64 words `(high, low)`.

Belongs here: arithmetic that Numba lacks, as LLVM's own i128. Does not: turning words into columns
(decimal_words.py). The low word is the bit pattern of the unsigned low half. Importing this module
imports Numba: kernel modules only. Numba's cache looks at the caller's file alone: after a change
here delete `__pycache__/*.nb?` of the kernels, or they go on with what they had compiled in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from marketdata_platform.core.compiled import inner, njit

_I64 = ir.IntType(64)
_I128 = ir.IntType(128)
_PAIR: Any = cast(Any, types).UniTuple(types.int64, 2)
_QUOTIENT: Any = cast(Any, types).UniTuple(types.int64, 4)  # and remainder
_SIGN_BIT = -(2**63)
_POWERS = 2.0 ** np.arange(65)
_FLOAT_STEPS = 60  # quotients below 2^61
_FLOAT_DIVISOR_HIGH = 2**50  # divisors below 2^114: 2^10 of them still fit 128 bits
# Its declared type counts the typing context as an argument of the caller.
_intrinsic: Any = intrinsic


def _wide(builder: Any, high: Any, low: Any) -> Any:
    """The i128 of two words; LLVM folds the splitting and joining away."""
    shifted = builder.shl(builder.sext(high, _I128), ir.Constant(_I128, 64))
    return builder.or_(shifted, builder.zext(low, _I128))


def _words(context: Any, builder: Any, value: Any) -> Any:
    high = builder.trunc(builder.lshr(value, ir.Constant(_I128, 64)), _I64)
    return context.make_tuple(builder, _PAIR, (high, builder.trunc(value, _I64)))


def _int64s(count: int) -> tuple[Any, ...]:
    return (types.int64,) * count


def _binary(operation: str) -> Callable[..., Any]:
    """Code generation of a two-operand instruction on pairs of words."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right = _wide(builder, args[0], args[1]), _wide(builder, args[2], args[3])
        return _words(context, builder, getattr(builder, operation)(left, right))

    return codegen


@_intrinsic
def mul_wide(typingctx: Any, a: Any, b: Any) -> Any:
    """`a · b` of two int64 as `(high, low)`: one multiplication, never overflows."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _words(
            context,
            builder,
            builder.mul(builder.sext(args[0], _I128), builder.sext(args[1], _I128)),
        )

    return _PAIR(*_int64s(2)), codegen


@_intrinsic
def add128(typingctx: Any, high_a: Any, low_a: Any, high_b: Any, low_b: Any) -> Any:
    """`a + b` as `(high, low)`, modulo 2^128."""
    return _PAIR(*_int64s(4)), _binary("add")


@_intrinsic
def sub128(typingctx: Any, high_a: Any, low_a: Any, high_b: Any, low_b: Any) -> Any:
    """`a - b` as `(high, low)`, modulo 2^128."""
    return _PAIR(*_int64s(4)), _binary("sub")


@_intrinsic
def mul128(typingctx: Any, high_a: Any, low_a: Any, high_b: Any, low_b: Any) -> Any:
    """`a · b` as `(high, low)`, modulo 2^128."""
    return _PAIR(*_int64s(4)), _binary("mul")


@_intrinsic
def less128(typingctx: Any, high_a: Any, low_a: Any, high_b: Any, low_b: Any) -> Any:
    """True if `a < b`, signed."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.icmp_signed(
            "<", _wide(builder, args[0], args[1]), _wide(builder, args[2], args[3])
        )

    return types.boolean(*_int64s(4)), codegen


@_intrinsic
def fused_add128(typingctx: Any, high: Any, low: Any, a: Any, b: Any) -> Any:
    """`(high, low) + a · b` with int64 `a` and `b`: the step of Σp·q."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        product = builder.mul(builder.sext(args[2], _I128), builder.sext(args[3], _I128))
        return _words(context, builder, builder.add(_wide(builder, args[0], args[1]), product))

    return _PAIR(*_int64s(4)), codegen


@_intrinsic
def leading_zeros(typingctx: Any, word: Any) -> Any:
    """Leading zero bits of an int64's bit pattern; 64 for zero."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], cgutils.false_bit)

    return types.int64(types.int64), codegen


@_intrinsic
def byte_swapped(typingctx: Any, word: Any) -> Any:
    """An int64 with its bytes in the other order: text then compares as a number."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bswap(args[0])

    return types.int64(types.int64), codegen


@_intrinsic
def unsigned_float(typingctx: Any, word: Any) -> Any:
    """An int64's bit pattern read as unsigned, as the nearest float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.uitofp(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@njit(cache=True, nogil=True, inline="always")
def add64(high: int, low: int, value: int) -> tuple[int, int]:
    """`(high, low) + value` with an int64 `value`."""
    total: tuple[int, int] = add128(high, low, value >> 63, value)
    return total


@njit(cache=True, nogil=True)
def negative128(high: int, low: int) -> tuple[int, int]:
    """`-(high, low)`."""
    opposite: tuple[int, int] = sub128(0, 0, high, low)
    return opposite


@njit(cache=True, nogil=True)
def float128(high: int, low: int) -> float:
    """The float64 nearest to a signed 128-bit integer (half to even)."""
    if high == low >> 63:
        return float(low)
    negative = high < 0
    if negative:
        high, low = negative128(high, low)
    zeros = leading_zeros(high)
    # Shift the top 64 bits into one word; bits lost below stay visible as a sticky lowest bit, so
    # it rounds once.
    top, rest = high, low
    if zeros == 64:
        value = unsigned_float(low)
    else:
        if zeros > 0:
            top = (high << zeros) | ((low >> (64 - zeros)) & ((1 << zeros) - 1))
            rest = low << zeros
        value = unsigned_float(top | (1 if rest != 0 else 0)) * _POWERS[64 - zeros]
    nearest: float = -value if negative else value
    return nearest


@inner
def _bits(high: int, low: int) -> int:
    count: int = 128 - leading_zeros(high) if high != 0 else 64 - leading_zeros(low)
    return count


@inner
def _divmod_by_floats(
    high: int, low: int, d_high: int, d_low: int, guesses: int
) -> tuple[int, int, int, int]:
    """A quotient below 2^62: guessed in floating point and put right in integers."""
    divisor = float128(d_high, d_low)
    quotient = 0
    for _ in range(
        guesses
    ):  # the first is within 2^10 of the quotient (within 1 below 2^50), the second within 1
        guess = np.int64(np.floor(float128(high, low) / divisor))
        quotient += guess  # type: ignore[assignment]
        product_high, product_low = mul128(d_high, d_low, guess >> 63, guess)
        high, low = sub128(high, low, product_high, product_low)
    while high < 0:
        high, low = add128(high, low, d_high, d_low)
        quotient -= 1
    while not less128(high, low, d_high, d_low):
        high, low = sub128(high, low, d_high, d_low)
        quotient += 1
    return 0, quotient, high, low


@inner
def _divmod_by_steps(
    high: int, low: int, d_high: int, d_low: int, steps: int
) -> tuple[int, int, int, int]:
    """Shift and subtract, a step a bit of the quotient: slow, and right for every size below
    2^127.
    """
    q_high, q_low = 0, 0
    for _ in range(steps):
        d_high, d_low = add128(d_high, d_low, d_high, d_low)
    for _ in range(steps + 1):
        q_high, q_low = add128(q_high, q_low, q_high, q_low)
        if not less128(high, low, d_high, d_low):
            high, low = sub128(high, low, d_high, d_low)
            q_low |= 1
        d_low = ((d_low >> 1) & ~_SIGN_BIT) | (d_high << 63)
        d_high >>= 1
    return q_high, q_low, high, low


@njit(
    _QUOTIENT(*_int64s(4)), cache=True, nogil=True
)  # one signature: literals would be types of their own
def divmod128(
    high: int, low: int, divisor_high: int, divisor_low: int
) -> tuple[int, int, int, int]:
    """Quotient and remainder of a non-negative number by a positive one: `(q_high, q_low, r_high,
    r_low)`.

    Zero divisor: all zero.
    """
    if divisor_high == 0 and divisor_low == 0:
        return 0, 0, 0, 0
    steps = _bits(high, low) - _bits(divisor_high, divisor_low)
    if steps < 0:
        return 0, 0, high, low
    if steps <= _FLOAT_STEPS and divisor_high < _FLOAT_DIVISOR_HIGH:
        return _divmod_by_floats(high, low, divisor_high, divisor_low, 1 if steps <= 45 else 2)
    return _divmod_by_steps(high, low, divisor_high, divisor_low, steps)


@njit(cache=True, nogil=True)
def divide_half_even(high: int, low: int, divisor_high: int, divisor_low: int) -> tuple[int, int]:
    """A non-negative number over a positive one below 2^126, rounded half to even, as `(high,
    low)`.
    """
    q_high, q_low, r_high, r_low = divmod128(high, low, divisor_high, divisor_low)
    twice_high, twice_low = add128(r_high, r_low, r_high, r_low)
    above = less128(divisor_high, divisor_low, twice_high, twice_low)
    tie = twice_high == divisor_high and twice_low == divisor_low
    if above or (tie and q_low & 1):
        return add64(q_high, q_low, 1)
    return q_high, q_low
