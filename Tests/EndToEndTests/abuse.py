"""What the tests of abuse share: bytes sent in any way, and a watch over the host and its other clients meanwhile."""

import contextlib
import os
import resource
import socket
import statistics
import struct
import threading
import time

from conftest import eventually

MEGABYTE = 1 << 20


def raise_file_limit(wanted):
    """Whether this process, and the hosts that it starts, may have so many files open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return True


def memory(host):
    """Resident bytes of the host."""
    with open(f"/proc/{host.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sockets(host):
    """How many sockets the host has open."""
    count = 0
    folder = f"/proc/{host.process.pid}/fd"
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"{folder}/{name}").startswith("socket:")
    return count


def connect(host, receive_buffer=None):
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(30)
    client.connect(("127.0.0.1", host.port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def reset(client):
    """Closes so that the other side sees an error instead of an end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def send_all(client, data):
    """Sends as much as the host takes; false when it has closed."""
    try:
        client.sendall(data)
        return True
    except OSError:
        return False


def read_to_end(client, limit=64 * MEGABYTE):
    received = b""
    with contextlib.suppress(OSError):
        while len(received) < limit and (piece := client.recv(1 << 16)):
            received += piece
    return received


def statuses(data):
    """The status of each answer in a stream of answers with lengths."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        found.append(int(head[9:12]))
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        data = rest[int(length or 0):]
    return found


class Watch(threading.Thread):
    """Another client, which asks all the time, on one connection and on new ones."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.ends = host, threading.Event()
        self.times, self.troubles, self.peak = [], [], 0

    def run(self):
        request = b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"
        own = connect(self.host)
        while not self.ends.is_set():
            for client, is_new in ((own, False), (None, True)):
                begun = time.monotonic()
                try:
                    client = client or connect(self.host)
                    client.sendall(request)
                    answer = client.recv(4096)
                    if not answer.startswith(b"HTTP/1.1 200 "):
                        self.troubles.append(answer[:40])
                except OSError as error:
                    self.troubles.append(repr(error))
                self.times.append(time.monotonic() - begun)
                if is_new and client:
                    client.close()
            self.peak = max(self.peak, memory(self.host))
            time.sleep(0.01)


@contextlib.contextmanager
def unharmed(host, megabytes, median=0.1, longest=5):
    """The host lives, grows by so much at most, serves others all the while in so many seconds, and gives back every
    socket that the abuse has cost."""
    open_before = sockets(host)
    before = memory(host)
    watch = Watch(host)
    watch.start()
    eventually(lambda: len(watch.times) > 4)
    yield watch
    time.sleep(0.1)
    watch.ends.set()
    watch.join(30)
    assert host.process.poll() is None, host.log.read_text()[-2000:]
    assert not watch.troubles, watch.troubles[:3]
    grown = (watch.peak - before) / MEGABYTE
    middle, worst = statistics.median(watch.times), max(watch.times)
    print(f"\n  +{grown:.1f} MB; others: {len(watch.times)} answers, median {middle * 1000:.1f} ms, "
          f"longest {worst * 1000:.0f} ms")
    assert grown < megabytes, f"{grown:.1f} MB more than before"
    assert middle < median and worst < longest, f"others waited {middle:.3f} s, at worst {worst:.3f} s"
    eventually(lambda: sockets(host) <= open_before + 4)
