"""CPU of the serving process for one echoed message of a WebSocket, beside a bare server: no throughput, since the load
comes from the same machine. `python3 Benchmarks/sockets.py` after `make build`, with `websockets` installed.
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEndTests"))
from conftest import Host  # noqa: E402
from test_sockets import DEPLOYMENT, bundle  # noqa: E402

CONNECTIONS, MESSAGES, SIZE = 8, 20_000, 100
BARE = """
import asyncio, sys
from websockets.asyncio.server import serve
async def echo(socket):
    async for message in socket:
        await socket.send(message)
async def main():
    async with serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None):
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


def converse(port, path, burst):
    """Sends bursts of messages, and reads each before the next."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += client.recv(1)
    frames = (bytes([0x82, 0x80 | SIZE, 1, 2, 3, 4]) + bytes(SIZE)) * burst
    for _ in range(MESSAGES // CONNECTIONS // burst):
        client.sendall(frames)
        missing = (SIZE + 2) * burst
        while missing:
            missing -= len(client.recv(missing))
    client.close()


def microseconds(process, port, path, burst):
    """CPU of the process for one message."""
    def used():
        with open(f"/proc/{process}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    converse(port, path, burst)
    before = used()
    threads = [threading.Thread(target=converse, args=(port, path, burst)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (used() - before) / MESSAGES * 1e6


def main():
    """Prints a line for each server and form."""
    folder = tempfile.mkdtemp(prefix="gantry-sockets-")
    host = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bare = subprocess.Popen([sys.executable, "-c", BARE, str(port)], stderr=subprocess.DEVNULL)
    time.sleep(1)
    try:
        for burst in (1, 20):
            print(f"{SIZE} bytes, {CONNECTIONS} connections, {burst} at a time: µs of CPU for each message")
            for name, process, at, path in (
                    ("inline", host.process.pid, host.port, "/v1/echo"),
                    ("async, with await", host.process.pid, host.port, "/v1/echo-later"),
                    ("python websockets", bare.pid, port, "/")):
                print(f"  {name:18} {min(microseconds(process, at, path, burst) for _ in range(3)):6.1f}")
    finally:
        bare.terminate()
        host.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
