"""A venue for bench_capture: a process of its own that sends frames as fast as they are taken, or
at a rate.

`python -m benchmarks.capture_sender FRAMES RATE [ROUNDS]`: prints its port; each client that
subscribes gets FRAMES frames ROUNDS times, RATE per second, each written by itself as venues do.
RATE 0: without waiting, many in one write, so that the sender is never what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys

_BATCH_BYTES = 64 * 1024
_TICK_SECONDS = 0.001
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frames(count: int) -> list[bytes]:
    """Trades, changes of a book and its top, as Binance's combined streams send them, about 170
    bytes each.
    """
    made = []
    for n in range(count):
        if n % 4 == 0:
            made.append(
                b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700006400123,"s":"BTCUSDT","t":%d,'
                b'"p":"28123.45000000","q":"0.01230000","T":1700006400123,"m":true,"M":true}}'
                % (n // 4 + 1)
            )
        elif n % 4 == 1:
            made.append(
                b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700006400123,"s":"BTCUSDT",'
                b'"U":%d,"u":%d,"b":[["28123.40000000","1.20000000"],["28123.30000000","0.00000000"]],'
                b'"a":[["28123.50000000","0.30000000"]]}}' % (n // 4 * 3 + 1, n // 4 * 3 + 3)
            )
        else:
            made.append(
                b'{"stream":"btcusdt@bookTicker","data":{"u":%d,"s":"BTCUSDT","b":"28123.40000000",'
                b'"B":"31.21000000","a":"28123.50000000","A":"40.66000000"}}' % n
            )
    return made


def framed(payloads: list[bytes], batch_bytes: int) -> list[bytes]:
    """WebSocket frames, joined into writes of at least so many bytes."""
    writes, held = [], bytearray()
    for payload in payloads:
        size = len(payload)
        held += (
            b"\x81" + (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")) + payload
        )
        if len(held) >= batch_bytes:
            writes.append(bytes(held))
            held.clear()
    return [*writes, bytes(held)] if held else writes


async def _serve(writes: list[bytes], rate: float, rounds: int) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
        if b"sec-websocket-key" not in lines:
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            writer.close()
            return
        key = next(
            line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )[19:].strip()
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await reader.read(4096)  # the subscription
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        try:
            while sent < rounds * len(writes) and not writer.is_closing():
                due = (
                    min(int((loop.time() - begun) * rate), rounds * len(writes))
                    if rate
                    else sent + 1
                )
                for number in range(sent, due):
                    writer.write(writes[number % len(writes)])
                await writer.drain()
                sent = due
                await asyncio.sleep(_TICK_SECONDS if rate else 0)
            await reader.read()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    count, rate = int(sys.argv[1]), float(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    asyncio.run(_serve(framed(frames(count), 1 if rate else _BATCH_BYTES), rate, rounds))


if __name__ == "__main__":
    main()
