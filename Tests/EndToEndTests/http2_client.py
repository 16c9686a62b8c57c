"""A client of HTTP/2 for tests: the rules by `h2`, or frames of one's own choice that no proper client would send."""

import socket
import ssl
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.settings
import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 0x1, 0x1, 0x4, 0x8


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def has(found, kind, stream):
    """Whether a frame of that kind came on that stream."""
    return any(entry[0] == kind and entry[2] == stream for entry in found)


def fields(path="/api/v1/public/health/ready", method="GET", host="rivers", more=()):
    return [(":method", method), (":scheme", "http"), (":path", path), (":authority", host), *more]


class Response:
    """What came on one stream."""

    def __init__(self):
        self.status = None
        self.headers = {}
        self.body = bytearray()
        self.is_whole = False
        self.reset = None


class Client:
    """One connection that keeps the rules. It opens no window by itself unless it is told to."""

    def __init__(self, port, window=None, reads=True, certificate=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        if certificate:
            context = ssl.create_default_context(cafile=certificate)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.reads = reads
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.responses = {}
        self.ended = None
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, path, method="GET", body=None, more=(), ends=True, host="rivers"):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields(path, method, host, more), end_stream=body is None and ends)
        self.responses[stream] = Response()
        self.flush()
        if body is not None:
            self.send(stream, body, ends)
        return stream

    def send(self, stream, body, ends=True):
        """Sends as the server's windows allow, reading meanwhile."""
        while body or ends:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if body and room <= 0:
                self.receive()
                continue
            part, body = body[:room], body[room:]
            self.h2.send_data(stream, part, end_stream=ends and not body)
            self.flush()
            if not body:
                return

    def receive(self):
        """Reads once; False at the end of the connection."""
        data = self.socket.recv(1 << 16)
        if not data:
            self.ended = self.ended or "closed"
            return False
        for event in self.h2.receive_data(data):
            self.take(event)
        self.flush()
        return True

    def take(self, event):
        response = self.responses.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ConnectionTerminated):
            self.ended = event.error_code
        elif response is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            response.headers = dict(event.headers)
            response.status = int(response.headers[":status"])
        elif isinstance(event, h2.events.DataReceived):
            response.body += event.data
            if self.reads:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            response.is_whole = True
        elif isinstance(event, h2.events.StreamReset):
            response.reset = event.error_code

    def response(self, stream):
        answer = self.responses[stream]
        while not answer.is_whole and answer.reset is None and self.receive():
            pass
        return answer

    def call(self, path, method="GET", body=None, more=(), host="rivers"):
        return self.response(self.request(path, method, body, more, host=host))

    def close(self):
        self.socket.close()


class RawFrames:
    """One connection that keeps no rules."""

    def __init__(self, port, greets=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.encoder = hpack.Encoder()
        if greets:
            self.send(PREFACE + frame(SETTINGS) + frame(SETTINGS, ACK))

    def send(self, data):
        """False when the server has closed already, which is its right."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def head(self, stream, more=(), flags=END_STREAM | END_HEADERS, **named):
        return frame(HEADERS, flags, stream, self.encoder.encode(fields(more=more, **named)))

    def frames(self, seconds=10, until=lambda found: False):
        """All frames until the server closes, until it is enough, or until nothing has come for so long."""
        self.socket.settimeout(seconds)
        received, found = b"", []
        end = time.monotonic() + seconds
        try:
            self.is_closed = False
            while time.monotonic() < end and not until(found) and (part := self.socket.recv(1 << 16)):
                received += part
                while len(received) >= 9:
                    size = int.from_bytes(received[:3], "big")
                    if len(received) < 9 + size:
                        break
                    kind, flags, stream = struct.unpack(">BBI", received[3:9])
                    found.append((kind, flags, stream, received[9:9 + size]))
                    received = received[9 + size:]
            self.is_closed = time.monotonic() < end and not until(found)
        except OSError as error:
            self.is_closed = not isinstance(error, TimeoutError)
        return found

    def statuses(self, seconds=10):
        """The statuses of the answers that come until that of the first stream, by stream."""
        decoder = hpack.Decoder()
        found = self.frames(seconds, lambda found: has(found, HEADERS, 1))
        return {stream: dict(decoder.decode(payload))[":status"]
                for kind, _, stream, payload in found if kind == HEADERS}

    def end(self, seconds=10):
        """The code of the GOAWAY with which the server closes; None where it closes without one."""
        codes = [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in self.frames(seconds) if kind == GOAWAY]
        assert self.is_closed, "the server keeps the connection"
        return codes[0] if codes else None

    def close(self):
        self.socket.close()
