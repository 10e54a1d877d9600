"""Compiled steps between exact decimals and float64, rounded once: made for comparing exact sums
with float thresholds.

Belongs here: `N / 10^s` as the nearest float64, and its inverse for a threshold. Does not: sums
(int128.py), bars.
"""

from __future__ import annotations

from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import (
    add64,
    add128,
    leading_zeros,
    less128,
    mul128,
    mul_wide,
    sub128,
    unsigned_float,
)

_MANTISSA = (1 << 52) - 1
_PAIR: Any = cast(Any, types).UniTuple(types.int64, 2)
# Its declared type counts the typing context as an argument of the caller.
_intrinsic: Any = intrinsic
EXACT_FLOAT = 1 << 53  # integers up to here are floats
_ABOVE_ONE, _BELOW_ONE = 1.0 + 2.0**-50, 1.0 - 2.0**-50


@_intrinsic
def float_bits(typingctx: Any, value: Any) -> Any:
    """The bit pattern of a float64 as int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@_intrinsic
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """The float64 with this bit pattern."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@_intrinsic
def fused_multiply_add(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """`a · b + c`, rounded once."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


@inner
def _nearer(high: int, low: int, power: int, bits: int) -> int:
    """-1, 0 or 1: which neighbour of the candidate float is nearer to `N / power` (half to
    even).
    """
    exponent = (bits >> 52) - 1075
    mantissa = (bits & _MANTISSA) | (1 << 52)
    b_high, b_low = mul_wide(mantissa, power)
    unit_high, unit_low = 0, power
    if exponent < 0:
        high, low = mul128(high, low, 0, 1 << -exponent)
    else:
        b_high, b_low = mul128(b_high, b_low, 0, 1 << exponent)
        unit_high, unit_low = mul128(0, power, 0, 1 << exponent)
    d_high, d_low = sub128(high, low, b_high, b_low)
    below = d_high < 0
    if below:
        d_high, d_low = sub128(0, 0, d_high, d_low)
    # Below a power of two floats lie twice as dense.
    d_high, d_low = mul128(d_high, d_low, 0, 4 if below and mantissa == 1 << 52 else 2)
    tie = d_high == unit_high and d_low == unit_low
    if less128(unit_high, unit_low, d_high, d_low) or (tie and bits & 1):
        return -1 if below else 1
    return 0


@njit(types.float64(types.int64, types.int64, types.int64), cache=True, nogil=True)
def quotient_float(high: int, low: int, power: int) -> float:
    """`N / power` as the nearest float64, for `0 <= N < 2^126` and a power of ten up to 10^16 (1: N
    itself).
    """
    estimate = (float(high) * 18446744073709551616.0 + unsigned_float(low)) / float(power)
    if (
        high == 0
        and low >= 0
        and (low < EXACT_FLOAT or (low < EXACT_FLOAT << 9 and int(float(low)) == low))
    ):
        rounded: float = estimate
        return rounded  # the numerator was exact, so the division rounded the only time
    bits = float_bits(estimate)
    step = _nearer(high, low, power, bits)
    while step != 0:
        bits += step
        step = _nearer(high, low, power, bits)
    nearest: float = float_of_bits(bits)
    return nearest


@njit(cache=True, nogil=True)
def notional_float(p: int, q: int) -> float:
    """`p · q / 10^16` of positive int64 as the nearest float64: what `quotient_float` says, made
    for inner loops.

    An estimate, and what is missing from it with a relative error below 2^-51: the product's
    rounding error and the estimate's remainder are floats, and a fused multiplication and addition
    gives them (Muller et al., Handbook of Floating-Point Arithmetic, 2018, 4.4). Only where that
    error could decide how to round is divided exactly.
    """
    a, b = float(p), float(q)
    product = a * b
    estimate = product * 1e-16
    rest = fused_multiply_add(-estimate, 1e16, product) + fused_multiply_add(a, b, -product)
    missing = rest * 1e-16
    nearest: float = estimate + missing * _ABOVE_ONE
    if (nearest == estimate + missing * _BELOW_ONE) & ((p | q) < EXACT_FLOAT):
        return nearest
    high, low = mul_wide(p, q)
    exact: float = quotient_float(high, low, 10**16)
    return exact


@njit(cache=True, nogil=True)
def units_reaching(threshold: float, power: int) -> tuple[int, int]:
    """The smallest N with `quotient_float(N, power) >= threshold`, as `(high, low)`; 2^126 when
    none below that does.

    With it a bar's exact sum is compared as an integer in the inner loop, and the answer is the
    float comparison's.
    """
    if threshold <= 0.0:
        return 0, 0
    if threshold < 1e-18:
        return 0, 1
    bits = float_bits(threshold)
    mantissa = (bits & _MANTISSA) | (1 << 52)
    # Halfway to the float below: 4m - 1 at a power of two, where the lower ones are denser, else 4m
    # - 2 (in 2^(e-2)).
    halfway = 4 * mantissa - (1 if mantissa == 1 << 52 else 2)
    high, low = mul_wide(halfway, power)
    exponent = (bits >> 52) - 1077
    if exponent < 0:
        high, low, rest = _shift_right(high, low, -exponent)
        return add64(high, low, 1 if rest or mantissa & 1 else 0)
    if exponent > leading_zeros(high) - 2:
        return 1 << 62, 0
    for _ in range(exponent):
        high, low = add128(high, low, high, low)
    return add64(high, low, mantissa & 1)


@inner
def _shift_right(high: int, low: int, count: int) -> tuple[int, int, bool]:
    """A non-negative number shifted by 1 to 127 bits, and whether a set bit fell out."""
    rest = False
    if count >= 64:
        rest, high, low, count = low != 0, 0, high, count - 64
    if count > 0:
        rest |= low & ((1 << count) - 1) != 0
        low = ((low >> count) & ((1 << (64 - count)) - 1)) | (high << (64 - count))
        high >>= count
    return high, low, rest
