"""What the made-up venue `lemon` says in every place of a new venue's files.

Its trades are numbered without holes, its books by nothing; past trades come by REST, page by page.
"""

from __future__ import annotations

VALUES = {
    "markets": '"spot"',
    "market.contract": "UNITS",
    "market.candle_conditions": "frozenset()",
    "market.market_wide": "frozenset()",
    "routing_keys": '{"LEMON": MARKET}',
    "continuity.trade_ids": "TradeIds.CONTIGUOUS",
    "continuity.book_ids": "BookIds.SILENCE",
    "continuity.book_rules": "always_follows",
    "continuity.restarts": "False",
    "continuity.dated_snapshots": "True",
    "repeats": "EqualFrames.SAME",
    "trade_order": "TradeOrder.SEQUENCE",
    "endpoint.websocket": '"wss://lemon.invalid/ws"',
    "endpoint.other_addresses": "()",
    "endpoint.rest": '"https://lemon.invalid/v1"',
    "endpoint.source": '"https://docs.lemon.invalid"',
    "endpoint.connects.count": "50",
    "endpoint.connects.seconds": "60.0",
    "endpoint.messages.count": "10",
    "endpoint.messages.seconds": "1.0",
    "endpoint.streams": "100",
    "endpoint.arguments": "20",
    "endpoint.life_seconds": "None",
    "endpoint.weight": "Allowance(50, 1.0)",
    "heartbeat.every_seconds": "10.0",
    "heartbeat.silence_seconds": "30.0",
    "heartbeat.message": 'b""',
    "keys.handshake": "None",
    "keys.history": "None",
    "aliases": "{}",
    "files": "None",
    "streams.channel_of": '{"trades": "trades.{}", "book_deltas": "book.{}", '
    '"book_snapshots": "book.{}"}',
    "streams.greetings": "()",
    "streams.subscribe": """
def _subscribing(channels: Sequence[str], number: int) -> Mapping[str, Any]:
    return {"op": "subscribe", "id": number, "channels": channels}
""",
    "streams.unsubscribe": """
def _ending(channels: Sequence[str], number: int) -> Mapping[str, Any]:
    return {"op": "unsubscribe", "id": number, "channels": channels}
""",
    "streams.reply": '''
def reply(frame: bytes) -> Reply | None:
    """The answer lists the channels that it took."""
    answer = object_in(frame)
    if answer is None or not isinstance(answer.get("taken"), list):
        return None
    return accepted(number_in(answer.get("id")), tuple(map(str, answer["taken"])))
''',
    "streams.key_of": '''
def key_of(frame: bytes) -> bytes | None:
    """The channel's name."""
    return quoted(frame, b'"channel":"')
''',
    "reading.key": """
def _key(instrument: Instrument, channel: str) -> bytes:
    return channel.encode()
""",
    "reading.count": """
def _count(datasets: Sequence[str]) -> Count:
    return Count.IDS if "trades" in datasets else Count.NOT
""",
    "reading.moment": """
def _moment(frame: bytes) -> int | None:
    return us_of_ms(_moments(frame).at)
""",
    "reading.ids": """
def _ids(frames: Sequence[bytes]) -> list[int]:
    return [trade.id for one in _trades(frames) for trade in one.trades]
""",
    "reading.spans": """
def _spans(frames: Sequence[bytes]) -> list[Span]:
    return []
""",
    "rest.routes": """{
        "time": Route(path="/time", weight=1, symbol="", fixed={}, most=0, weights=()),
        "trades": Route(
            path="/trades", weight=2, symbol="symbol", fixed={}, most=50, weights=()
        ),
    }""",
    "rest.polls": """
def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    return ()
""",
    "rest.server_time.read": """
def _server_time_us(body: bytes) -> int | None:
    return us_of_ms(value_at(read_json(body), ("now",)))
""",
    "rest.pages": '''
def pages(one: Instrument, wanted: Wanted) -> Pages:
    """By id."""
    if not isinstance(wanted, WantedIds):
        raise ConfigurationError(f"{one.venue} tells no trades by time")
    return _by_id(one, wanted)


def _by_id(one: Instrument, wanted: WantedIds) -> Pages:
    first = wanted.first
    while first <= wanted.last:
        answer = yield ROUTES.request("trades", one.symbol, {"from": first, "to": wanted.last})
        found = whole_numbers(entries_at(answer.body, ("trades",)), "id")
        if not found:
            return
        first = max(found) + 1
''',
    "rest.book_id": "no_book_id",
    "rest.server_time.route": '"time"',
    "rest.server_time.parameters": "{}",
    "rest.errors.entries": '("trades",)',
    "rest.errors.code": '("error",)',
    "rest.errors.final": 'frozenset({"no such symbol"})',
    "rest.errors.key_needed": "frozenset()",
    "decode.read": """
def _read(frame: bytes) -> Any:
    try:
        message = _message.decode(frame)
        return _SHAPES.get(message.channel.partition(".")[0], _unknown).decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(str(error)) from error
""",
    "decode.form_of": """
def _form_of(head: bytes) -> Form | None:
    return None
""",
    "decode.head_bytes": "0",
    "decode.rows": "{Trades: add_trades, Book: add_books}",
    "decode.answers": '{"trades": add_answers}',
    "simulator.market": '"spot"',
    "simulator.heard": '''
def heard(self, session: ClientSession, payload: bytes) -> None:
        """A client subscribes, or ends channels."""
        told = json.loads(payload)
        names = told["channels"]
        known = [name for name in names if self.listed(name.partition(".")[2])]
        session.say(_framed({"op": told["op"], "id": told["id"], "taken": known}))
        for name in known:
            if told["op"] == "unsubscribe":
                self.unsubscribe(session, name)
                continue
            market = self.listed(name.partition(".")[2])
            self.subscribe(session, name, market if name.startswith("trades.") else None)
            if name.startswith("book."):
                at, sides = market.live.publications[-1][0], market.live.published
                session.take(_framed(_book(market, at, sides, whole=True)))
''',
    "simulator.tell_trades": '''
def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """Those of one moment together."""
        told = {
            "channel": f"trades.{market.symbol}",
            "symbol": market.symbol,
            "at": run[-1].time_us // 1000,
            "trades": [_trade(market, one) for one in run],
        }
        self.hub.tell(told["channel"], _text(told), market, run[0].trade_id, run[-1].trade_id)
''',
    "simulator.tell": '''
def tell(self, market: ListedMarket, event: Event) -> None:
        """Books, not numbered."""
        if isinstance(event, BookChanged):
            told = _book(market, event.time_us, event.changed, whole=False)
            self.hub.tell(told["channel"], _text(told))
''',
    "simulator.answer": '''
def answer(self, route: str, query: dict[str, str]) -> Response:
        """Its clock, and past trades."""
        refused = self.weigh(self.route_name(route), query)
        if refused is not None:
            return refused
        if route == "/v1/time":
            return Response.json({"now": self._around.now_us() // 1000})
        market = self.listed(query.get("symbol", ""))
        if route != "/v1/trades" or market is None:
            return Response.json({"error": "no such symbol"}, 404)
        first, last = int(query["from"]), int(query["to"])
        found = events_of(trades_between(market, first, min(last, first + 49)), market)
        return Response.json({"trades": [_trade(market, one) for one in found]})
''',
    "simulator.numbering": """
def _numbering(instrument: object) -> Numbering:
    return Numbering(name_of=None, numbered=True, counts_publications=False)
""",
    "simulator.start": '"5"',
    "simulator.tick": '"0.01"',
    "simulator.lot": '"0.1"',
    "simulator.median_lots": "5",
    "simulator.level_gap": "2.0",
    "simulator.volatility": "0.05",
    "simulator.decimals": "2",
    "simulator.most_ticks": "0",
    "simulator.insurance": "False",
    "simulator.liquidations": "False",
    "simulator.datasets": '("trades", "book_deltas", "book_snapshots")',
    "simulator.websocket_path": '"/ws"',
    "simulator.rest_path": '"/v1"',
    "simulator.ping_seconds": "0.0",
    "simulator.life_seconds": "None",
    "simulator.messages": "Quota(count=10, seconds=1.0)",
    "simulator.streams": "100",
    "simulator.arguments": "20",
    "simulator.rest.count": "100",
    "simulator.rest.seconds": "1.0",
    "simulator.rest.weights": '{"trades": 2}',
    "simulator.rest.usual_limit": "50",
    "simulator.rest.other_routes": "1",
    "simulator.batches_trades": "True",
    "simulator.listed": '("spot:JUICE",)',
    "simulator.presets": "()",
    "simulator.credentials": "None",
    "simulator.replay": "None",
    "simulator.dumps": "None",
    "examples.instrument": '"lemon:spot:JUICE"',
    "examples.other": '"lemon:spot:ZEST"',
    "examples.odd": '"lemon:spot:PIE-2 COLD"',
    "examples.heard": """(
        Heard(
            dataset="trades",
            frames=(_trades(7, 8), _trades(9)),
            ids=(7, 8, 9),
            moment_us=1_786_310_820_000_000,
        ),
        Heard(
            dataset="book_deltas",
            frames=(_book(True), _book(False)),
            moment_us=1_786_310_820_000_000,
        ),
    )""",
    "examples.answer": "_answer",
    "examples.silent": "False",
    "sample.instrument": 'Instrument("lemon", "spot", "JUICE")',
    "sample.market": '"spot"',
    "sample.trade": "_trade",
    "sample.whole": 'lambda number, ms: ("ws/a", _book(number, ms, True))',
    "sample.change": 'lambda number, ms: ("ws/a", _book(number, ms, False))',
    "sample.page": "_page",
    "sample.id_column": '"sequence"',
    "simulated.listed": '("lemon:spot:JUICE", "lemon:spot:ZEST")',
    "simulated.command": "lambda *symbols: {}",
    "simulated.refused": "lambda good, bad: {}",
    "simulated.takes_others": "True",
    "simulated.streams": "{}",
    "simulated.routes": "{}",
    "simulated.symbols": '{"spot": "JUICE"}',
    "every_frame.good": "{}",
    "every_frame.frames": "{}",
    "every_frame.answers": "{}",
}

# What the statements of a file need, behind its imports.
MORE = {
    "markets.py": "from marketdata_platform.venues.market import UNITS\n",
    "continuity.py": """from marketdata_platform.venues.continuity import BookIds, TradeIds
from marketdata_platform.venues.kit.book_rules import always_follows
""",
    "channels.py": """from marketdata_platform.venues.kit.replies import (
    accepted, number_in, object_in,
)
""",
    "readers.py": """import msgspec
from marketdata_platform.venues.kit.frame_fields import Id, many_decoder, one_decoder, quoted
from marketdata_platform.venues.kit.rest_answers import us_of_ms


class _Trade(msgspec.Struct):
    id: Id


class _Trades(msgspec.Struct):
    trades: list[_Trade]


class _Moment(msgspec.Struct):
    at: int


_trades, _moments = many_decoder(_Trades), one_decoder(_Moment)
""",
    "routes.py": "from marketdata_platform.venues.rest_rules import Route\n",
    "asking.py": """from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues.rest_rules import WantedIds
from marketdata_platform.venues.kit.rest_answers import (
    entries_at, no_book_id, read_json, us_of_ms, value_at, whole_numbers,
)
""",
    "decode.py": """import msgspec
from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS
from marketdata_platform.core.numbers.text_numbers import counts
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import price, quantity
from marketdata_platform.venues.kit.rows import MalformedFrame, times
import pyarrow as pa


class Trade(msgspec.Struct):
    id: int
    at: int
    price: str
    size: str
    side: str


class Trades(msgspec.Struct):
    symbol: str
    trades: list[Trade]


class Book(msgspec.Struct):
    symbol: str
    at: int
    whole: bool
    bids: msgspec.Raw
    asks: msgspec.Raw


class Unknown(msgspec.Struct):
    channel: str = ""


_message = msgspec.json.Decoder(Unknown)
_unknown = _message
_SHAPES = {"trades": msgspec.json.Decoder(Trades), "book": msgspec.json.Decoder(Book)}
_answer = msgspec.json.Decoder(msgspec.defstruct("Answer", [("trades", list[Trade])]))


def add_trades(out, events, frames):
    of = np.repeat(frames, [len(one.trades) for one in events])
    symbols = [one.symbol for one in events for _ in one.trades]
    _add(out, symbols, of, [trade for one in events for trade in one.trades])


def _add(out, symbols, frames, trades):
    columns = {
        "ts_event": times([one.at for one in trades]),
        "trade_id": [str(one.id) for one in trades],
        "sequence": counts([one.id for one in trades], "id"),
        "price": price([one.price for one in trades]),
        "quantity": quantity([one.size for one in trades]),
        "side": [one.side for one in trades],
    }
    out.add(TRADES, symbols, frames, columns)


def add_books(out, events, frames):
    for dataset, whole in ((BOOK_SNAPSHOTS, True), (BOOK_DELTAS, False)):
        rows = [row for row, one in enumerate(events) if one.whole is whole]
        kept = [events[row] for row in rows]
        if not kept:
            continue
        sides = [one.bids for one in kept], [one.asks for one in kept]
        book = BookEvents(
            symbols=[one.symbol for one in kept],
            frames=frames[rows],
            ts_event=times([one.at for one in kept]),
            event_id=pa.array(content_ids([one.at for one in kept], *sides)),
            bids=levels(sides[0]),
            asks=levels(sides[1]),
            ids={},
            signed=False,
        )
        add_events(out, dataset, book)


def add_answers(out, stream, bodies):
    for number, body in enumerate(bodies):
        try:
            trades = _answer.decode(body).trades
        except msgspec.DecodeError as error:
            out.reject(number, str(error))
            continue
        of = np.full(len(trades), number, np.int64)
        _add(out, [stream.symbol] * len(trades), of, trades)
        out.count("trades")
""",
    "simulator.py": """import json
from marketdata_platform.simulator.markets.market_events import BookChanged
from marketdata_platform.simulator.markets.matching_book import ASK, BID
from marketdata_platform.simulator.markets.trade_history import events_of, trades_between
from marketdata_platform.simulator.server.websocket_frames import frame


def _text(told):
    return json.dumps(told, separators=(",", ":")).encode()


def _framed(told):
    return frame(_text(told))


def _trade(market, one):
    return {
        "id": one.trade_id,
        "at": one.time_us // 1000,
        "price": market.price(one.price).decode(),
        "size": market.size(one.lots).decode(),
        "side": "buy" if one.buy else "sell",
    }


def _book(market, time_us, sides, *, whole):
    told = {"channel": f"book.{market.symbol}", "symbol": market.symbol, "at": time_us // 1000}
    told["whole"] = whole
    for name, side in (("bids", sides[BID]), ("asks", sides[ASK])):
        told[name] = [
            [market.price(p).decode(), market.size(q).decode() if q else "0"]
            for p, q in side.items()
        ]
    return told
""",
    "small_frames.py": """from $examples import Heard, text

NOW_MS = 1_786_310_820_000


def _trades(*numbers):
    each = {"at": NOW_MS, "price": "1.5", "size": "2", "side": "sell"}
    told = {"channel": "trades.JUICE", "symbol": "JUICE", "at": NOW_MS}
    return text(told | {"trades": [{"id": number, **each} for number in numbers]})


def _book(whole):
    told = {"channel": "book.JUICE", "symbol": "JUICE", "at": NOW_MS, "whole": whole}
    return text(told | {"bids": [["1.5", "2"]], "asks": []})


def _answer(message, unknown):
    taken = [name for name in message.channels if name not in unknown]
    return text({"op": "subscribe", "id": message.number, "taken": taken})
""",
    "rule_sample.py": """import json
from marketdata_platform.core.instrument import Instrument
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _text(channel, ms, **told):
    told = {"channel": f"{channel}.JUICE", "symbol": "JUICE", "at": START_MS + ms, **told}
    return json.dumps(told, separators=(",", ":")).encode()


def _one(number, ms):
    at = START_MS + ms
    return {"id": number, "at": at, "price": "1.5", "size": "2", "side": "buy"}


def _trade(number, ms):
    return _text("trades", ms, trades=[_one(number, ms)])


def _book(number, ms, whole):
    return _text("book", ms, whole=whole, bids=[["100", str(number)]], asks=[])


def _page(request, ids):
    first = int(request.parameters["from"])
    return {"trades": [_one(i, i * 1000) for i in ids if i >= first][:8]}
""",
}
