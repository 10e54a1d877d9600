"""Bybit: the columns of its dumps."""

from marketdata_platform.venues.bybit import files
from marketdata_platform.venues.kit.layouts import Kind
from marketdata_platform_tests.history.dumps import BYBIT_HEADER


def test_columns_are_found_by_their_names_in_any_order_and_beside_new_ones():
    header = [*reversed(BYBIT_HEADER.split(",")), "RPI"]
    layout = files.layout_of(header)
    assert layout is not None
    found = {
        name: kind
        for name, kind in zip(layout.names, layout.kinds, strict=True)
        if kind is not Kind.SKIP
    }
    assert found == {
        "timestamp": Kind.SECONDS,
        "symbol": Kind.EXPECTED,
        "side": Kind.SIDE,
        "size": Kind.QUANTITY,
        "price": Kind.PRICE,
        "trdMatchID": Kind.TEXT_ID,
    }


def test_a_header_that_lacks_a_column_or_has_one_twice_is_none_of_a_dump():
    assert files.layout_of(BYBIT_HEADER.replace("trdMatchID", "id").split(",")) is None
    assert files.layout_of([*BYBIT_HEADER.split(","), "price"]) is None
    assert files.layout_of(["id", "timestamp", "price", "volume", "side"]) is None


def test_the_name_of_a_dump_tells_symbol_and_day():
    found = files.FILES.dumps[0].file_name.match("1000PEPEUSDT2024-01-31.csv.gz")
    assert found is not None
    assert found.groupdict() == {
        "symbol": "1000PEPEUSDT",
        "year": "2024",
        "month": "01",
        "day": "31",
    }
