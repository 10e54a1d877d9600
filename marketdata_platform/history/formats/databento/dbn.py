"""Databento's DBN files: metadata, symbols, and blocks of records as NumPy arrays.

Belongs here: the container format, versions 1 to 3. Does not: what a record means (rows).
Records of one schema have one length and are read without copying; those that grew over the
versions are upgraded by Databento's own library.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import databento_dbn as dbn
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.window import day_of_us
from marketdata_platform.history.containers import Readable

Records: TypeAlias = npt.NDArray[Any]
MAGIC = b"DBN"
_READ_BYTES = 4 << 20
_MAX_METADATA = 256 << 20
_SHAPES: dict[str, Any] = {
    "trades": dbn.TradeMsg,
    "tbbo": dbn.MBP1Msg,
    "mbp-1": dbn.MBP1Msg,
    "bbo-1s": dbn.BBOMsg,
    "bbo-1m": dbn.BBOMsg,
    **dict.fromkeys(("ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d"), dbn.OHLCVMsg),
}
_GREW: dict[str, Any] = {"definition": dbn.InstrumentDefMsg, "statistics": dbn.StatMsg}
SCHEMAS = (*_SHAPES, *_GREW)


@dataclass(frozen=True, slots=True)
class DbnHeader:
    """What a file says of itself. `market` is the dataset's code before the dot, lower case:
    `glbx`.
    """

    schema: str
    market: str
    names: Mapping[int, tuple[tuple[date, date, str], ...]] = field(default_factory=dict)

    def symbol(self, instrument_id: int, us: int) -> str | None:
        """The raw symbol that an id had at a time; None when the file does not say."""
        spans = self.names.get(instrument_id, ())
        day = day_of_us(us)
        found = next((name for first, end, name in spans if first <= day < end), None)
        return (
            found
            if found is not None
            else (spans[0][2] if len({name for *_, name in spans}) == 1 else None)
        )


class DbnStream:
    """One decompressed DBN stream, read once."""

    def __init__(self, stream: Readable, name: str) -> None:
        """Read the metadata.

        Raises:
            UnsupportedFormat: it is no DBN, of a newer version, or of a schema that is not stored.
            InvalidInput: it is cut off or damaged.
        """
        self._stream, self._name = stream, name
        head = _exactly(stream, 8)
        if len(head) < 8 or head[:3] != MAGIC:
            raise UnsupportedFormat(
                f"{name} is no DBN file: it does not begin with {MAGIC.decode()}"
            )
        (length,) = struct.unpack("<I", head[4:])
        if head[3] > 3 or length > _MAX_METADATA:
            raise UnsupportedFormat(f"{name} is DBN version {head[3]}; versions 1 to 3 are read")
        self._head = head + _exactly(stream, length)
        self.header = self._read_header()

    def _read_header(self) -> DbnHeader:
        try:
            metadata = dbn.Metadata.decode(self._head)
        except (dbn.DBNError, ValueError) as error:
            raise InvalidInput(f"{self._name}: its DBN metadata is damaged: {error}") from None
        schema = str(metadata.schema)
        if schema not in SCHEMAS:
            raise UnsupportedFormat(
                f"{self._name} is of schema {schema}; those that are stored: {', '.join(SCHEMAS)}"
            )
        names: dict[int, list[tuple[date, date, str]]] = {}
        for raw, spans in metadata.mappings.items():
            for span in spans:
                if str(span["symbol"]).isdigit():
                    names.setdefault(int(span["symbol"]), []).append(
                        (span["start_date"], span["end_date"], str(raw))
                    )
        market = str(metadata.dataset).partition(".")[0].lower()
        return DbnHeader(schema, market, {number: tuple(spans) for number, spans in names.items()})

    def blocks(self) -> Iterator[Records]:
        """Structured arrays of the schema's records, a few MiB at a time.

        Raises:
            InvalidInput: the file ends inside a record, or holds records of another kind.
        """
        if self.header.schema in _GREW:
            yield from self._upgraded(_GREW[self.header.schema])
            return
        kept = b""
        shape: np.dtype[Any] | None = None
        while data := self._stream.read(_READ_BYTES):
            kept += data
            shape = shape or self._shape(kept[0] * 4)
            whole = len(kept) // shape.itemsize * shape.itemsize
            yield self._checked(np.frombuffer(kept[:whole], shape))
            kept = kept[whole:]
        if kept:
            raise InvalidInput(f"{self._name} ends inside a record: get it again")

    def _shape(self, length: int) -> np.dtype[Any]:
        """The record's layout; a stream with send times has eight bytes more at its end, which are
        left out.
        """
        plain = np.dtype(_SHAPES[self.header.schema]._dtypes)
        if length < plain.itemsize or length > plain.itemsize + 8:
            raise InvalidInput(
                f"{self._name}: a record of {length} bytes where {plain.itemsize} are expected"
            )
        fields: Mapping[str, Any] = plain.fields or {}
        return np.dtype(
            {
                "names": list(fields),
                "formats": [f[0] for f in fields.values()],
                "offsets": [f[1] for f in fields.values()],
                "itemsize": length,
            }
        )

    def _checked(self, records: Records) -> Records:
        if len(records) and (records["length"] != records.itemsize // 4).any():
            raise InvalidInput(f"{self._name} holds records of several kinds, or is damaged")
        return records

    def _upgraded(self, message: Any) -> Iterator[Records]:
        newest: Any = dbn.VersionUpgradePolicy.UPGRADE_TO_V3  # the library's stubs call it a number
        decoder = dbn.DBNDecoder(upgrade_policy=newest)
        decoder.write(self._head)
        shape = np.dtype(message._dtypes)
        while data := self._stream.read(_READ_BYTES):
            try:
                decoder.write(data)
                found = [
                    bytes(record) for record in decoder.decode() if isinstance(record, message)
                ]
            except (dbn.DBNError, ValueError) as error:
                raise InvalidInput(f"{self._name} is damaged: {error}") from None
            yield np.frombuffer(b"".join(one[: shape.itemsize] for one in found), shape)


def _exactly(stream: Readable, size: int) -> bytes:
    parts = []
    while size and (data := stream.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)
