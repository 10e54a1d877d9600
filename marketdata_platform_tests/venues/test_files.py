"""What every venue says of its files is whole: patterns, layouts and tables that can be read by."""

import pytest

from marketdata_platform.history.venue_files import files_by_venue
from marketdata_platform.venues.kit.layouts import Kind

FILES = files_by_venue()
DUMPS = [(venue, dump) for venue, files in FILES.items() for dump in files.dumps]
TABLES = [(venue, table) for venue, files in FILES.items() for table in files.tables]


@pytest.mark.parametrize(("venue", "dump"), DUMPS, ids=lambda one: getattr(one, "name", one))
def test_a_dump_is_of_its_venue_and_its_name_says_a_day_or_a_month(venue, dump):
    assert dump.name.startswith(f"{venue}-")
    assert {"year", "month", "day"} <= dump.file_name.groupindex.keys()
    assert {market for of in dump.markets.values() for market in of} <= {*FILES[venue].markets}


@pytest.mark.parametrize(("venue", "dump"), DUMPS, ids=lambda one: getattr(one, "name", one))
def test_a_layout_without_header_has_a_kind_for_each_column_and_all_that_a_trade_needs(venue, dump):
    for layout in dump.headerless:
        assert len(layout.names) == len(layout.kinds)
        assert {Kind.PRICE, Kind.QUANTITY} <= {*layout.kinds}
        assert {*layout.kinds} & {Kind.ID, Kind.TEXT_ID}
        assert {*layout.kinds} & {Kind.TIME, Kind.SECONDS}
        assert dump.layout_of(layout.names) is not None


@pytest.mark.parametrize(("venue", "table"), TABLES, ids=lambda one: getattr(one, "name", one))
def test_a_table_has_columns_of_its_dataset(venue, table):
    assert table.name.startswith(f"{venue}-")
    assert table.columns.keys() <= {column.name for column in table.dataset.columns}
    assert not table.headerless or table.fits(table.headerless)


@pytest.mark.parametrize(("venue", "files"), FILES.items(), ids=list(FILES))
def test_other_names_of_markets_lead_to_its_own(venue, files):
    assert {*files.market_names.values()} <= {*files.markets}
    assert not {*files.market_names} & {*files.markets}
