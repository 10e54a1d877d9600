"""Blocks of a delimited dump to pieces of trades.

Belongs here: what a cut last line is worth, where trades of one moment must be numbered. Does not:
parsing a block (csv_rows), the layout (formats).
"""

from __future__ import annotations

from collections.abc import Iterator

from marketdata_platform.history.csv.blocks import TextBlock
from marketdata_platform.history.csv.csv_rows import PAYLOAD_LIMIT, Parsed, parse_block
from marketdata_platform.history.ordinals import with_ordinals
from marketdata_platform.history.piece import Piece
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.workflows.files.import_files import RejectedRecord


def dump_pieces(content: Iterator[TextBlock], layout: Layout) -> Iterator[Piece]:
    """The trades of one file's blocks, in their order."""
    parsed = _parsed(content, layout)
    for block in with_ordinals(parsed) if layout.has(Kind.TEXT_ID) else parsed:
        yield Piece(block.rows, block.lines, block.rejected, {})


def aggregated(layout: Layout) -> bool:
    """True if the layout's rows are aggregate trades."""
    return layout.has(Kind.FIRST_ID)


def _parsed(content: Iterator[TextBlock], layout: Layout) -> Iterator[Parsed]:
    line = 1
    for block in content:
        if block.complete or layout.kinds[-1] in (Kind.SKIP, Kind.MAKER):
            parsed = parse_block(block.data, layout, line)
        else:
            parsed = _without_cut_line(block.data, layout, line)
        line += parsed.line_count
        yield parsed


def _without_cut_line(data: bytes, layout: Layout, line: int) -> Parsed:
    """Where a row ends with a number, a cut one may look whole: the quantity 0.132 cut to 0.1. It
    is not believed.
    """
    end = data.rfind(b"\n", 0, -1) + 1
    parsed = parse_block(data[:end], layout, line)
    text = data[end:-1].decode("utf-8", "replace")[:PAYLOAD_LIMIT]
    cut = RejectedRecord(line + parsed.line_count, "the file ends inside this line", text, None)
    return Parsed(parsed.rows, parsed.lines, [*parsed.rejected, cut], parsed.line_count + 1)
