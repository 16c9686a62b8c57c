"""Further forms of doubtful requests from the literature: disguised lengths and codings, chunks, lines and hosts.

What follows each of them is a request for another tenant's record, as its credential is part of it; nobody may find it
answered."""

import pytest

from test_smuggling import JSON, answers, head, secret, wire  # noqa: F401, the fixtures of that file

DISGUISES = {
    "a coding before a vertical tab": "Transfer-Encoding: chunked\x0b", "a form feed": "Transfer-Encoding:\x0cchunked",
    "a nul before the coding": "Transfer-Encoding: \0chunked", "a nul after it": "Transfer-Encoding: chunked\0",
    "a no-break space": "Transfer-Encoding: \xa0chunked", "a next-line character": "Transfer-Encoding: \x85chunked",
    "a coding of one quote": "Transfer-Encoding: 'chunked'",
    "an unknown coding last": "Transfer-Encoding: chunked, cow",
    "an unknown coding first": "Transfer-Encoding: cow, chunked", "an empty list member": "Transfer-Encoding: ,chunked",
    "a trailing comma": "Transfer-Encoding: chunked,", "half a word": "Transfer-Encoding: chunk",
    "two words": "Transfer-Encoding: chunked chunked", "a semicolon": "Transfer-Encoding: chunked;",
    "a coding and a length of nothing": "Transfer-Encoding: chunked\r\nContent-Length: 0",
    "a length before a coding in capitals": "Content-Length: 3\r\nTRANSFER-ENCODING: Chunked",
    "a coding twice with another between": "Transfer-Encoding: chunked\r\nX: y\r\ntransfer-encoding: cow",
    "a coding after a bare return": "X: y\rTransfer-Encoding: chunked\r\nContent-Length: 3",
    "a line feed in a name": "Transfer\n-Encoding: chunked", "a space in a name": "Transfer Encoding: chunked",
    "a fold before the colon": "Transfer-Encoding\r\n : chunked", "a colon in a name": ":Transfer-Encoding: chunked",
    "a name in quotes": '"Transfer-Encoding": chunked', "a name with a slash": "Transfer-Encoding/: chunked",
    "a byte beyond ASCII in a name": "Transfer-Encoding\xff: chunked",
    "a length with a nul": "Content-Length: 3\0", "a length with a parameter": "Content-Length: 3;x",
    "a length with a point": "Content-Length: 3.0", "a length with an exponent": "Content-Length: 3e0",
    "a length with an underscore": "Content-Length: 0_3", "a length in another script": "Content-Length: \xb3",
    "a length with a comma": "Content-Length: 3,", "lengths in a list of two": "Content-Length: 3, 3",
    "a length of minus nothing": "Content-Length: -0",
    "a length beyond 64 bits": "Content-Length: 36893488147419103235",
    "a length of 63 bits and one": "Content-Length: 9223372036854775808", "three lengths": "Content-Length: 3\r\n" * 2
    + "Content-Length: 3", "a length in parentheses": "Content-Length: (3)", "a quoted length": 'Content-Length: "3"',
}
CHUNKS = {
    "a size of 64 bits and two": "10000000000000002\r\n{}\r\n0\r\n\r\n",
    "the largest size": "ffffffffffffffff\r\n{}\r\n",
    "the sign bit": "8000000000000000\r\n{}\r\n",
    "a plus": "+2\r\n{}\r\n0\r\n\r\n", "an underscore": "0_2\r\n{}\r\n0\r\n\r\n",
    "a leading space": " 2\r\n{}\r\n0\r\n\r\n",
    "a leading tab": "\t2\r\n{}\r\n0\r\n\r\n", "a nul": "2\0\r\n{}\r\n0\r\n\r\n",
    "a point": "2.0\r\n{}\r\n0\r\n\r\n", "a comma": "2,\r\n{}\r\n0\r\n\r\n", "no end of the data": "2\r\n{}0\r\n\r\n",
    "a wrong end of the data": "2\r\n{}xx0\r\n\r\n", "a line feed after the data": "2\r\n{}\n0\r\n\r\n",
    "a return after the size": "2\r{}\r\n0\r\n\r\n", "a return within an extension": "2;a\rb\r\n{}\r\n0\r\n\r\n",
    "a hexadecimal letter too many": "2g\r\n{}\r\n0\r\n\r\n", "an empty line for a size": "\r\n\r\n",
    "a trailer with a space in its name": "2\r\n{}\r\n0\r\nA b: c\r\n\r\n",
    "a trailer without a colon": "2\r\n{}\r\n0\r\nabc\r\n\r\n",
    "a folded trailer": "2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n",
    "a nul in a trailer": "2\r\n{}\r\n0\r\nA: b\0\r\n\r\n",
    "a bare return in a trailer": "2\r\n{}\r\n0\r\nA: b\rc\r\n\r\n",
}
LINES = {
    "two spaces after the method": "GET  /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "two spaces before the version": "GET /v1/sessions  HTTP/1.1\r\n{fields}\r\n",
    "tabs for spaces": "GET\t/v1/sessions\tHTTP/1.1\r\n{fields}\r\n",
    "a space after the version": "GET /v1/sessions HTTP/1.1 \r\n{fields}\r\n",
    "a space before the method": " GET /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "a long version": "GET /v1/sessions HTTP/1.10\r\n{fields}\r\n",
    "a padded version": "GET /v1/sessions HTTP/01.1\r\n{fields}\r\n",
    "a version in lower case": "GET /v1/sessions http/1.1\r\n{fields}\r\n",
    "no version": "GET /v1/sessions \r\n{fields}\r\n",
    "another protocol's version": "GET /v1/sessions RTSP/1.1\r\n{fields}\r\n",
    "a version of the next decade": "GET /v1/sessions HTTP/3.0\r\n{fields}\r\n",
    "a return for a line end": "GET /v1/sessions HTTP/1.1\r{fields}\r\n",
    "a method with a slash": "G/ET /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "a method with a colon": "GET: /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "an empty method": " /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "a host of two": "GET /v1/sessions HTTP/1.1\r\nHost: a, b\r\nConnection: close\r\n\r\n",
    "a host with a space": "GET /v1/sessions HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "a host with a nul": "GET /v1/sessions HTTP/1.1\r\nHost: a\0b\r\n\r\n",
    "a host with a user": "GET /v1/sessions HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n",
    "a host with a path": "GET /v1/sessions HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n",
    "a host with a bad port": "GET /v1/sessions HTTP/1.1\r\nHost: a:b\r\nConnection: close\r\n\r\n",
    "a second host in a fold": "GET /v1/sessions HTTP/1.1\r\nHost: a\r\n harbor.localhost\r\n\r\n",
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguised_length_or_coding_ends_the_connection(host, secret, wire, name):  # noqa: F811
    for body in ("0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", ""):
        replies = answers(wire, head(host, more=f"{JSON}{DISGUISES[name]}\r\n\r\n{body}{secret}"))
        assert [reply.status for reply in replies] in ([400], [413]), "what follows must not be taken for a request"
        wire.close()


@pytest.mark.parametrize("name", CHUNKS)
def test_a_disguised_chunk_ends_the_connection(host, secret, wire, name):  # noqa: F811
    text = head(host, more=f"{JSON}Transfer-Encoding: chunked\r\n\r\n{CHUNKS[name]}{secret}")
    assert [reply.status for reply in answers(wire, text)] == [400]


@pytest.mark.parametrize("name", LINES)
def test_a_disguised_first_line_or_host_is_refused(host, secret, wire, name):  # noqa: F811
    fields = head(host).split("\r\n", 1)[1]
    replies = answers(wire, LINES[name].format(fields=fields) + secret)
    assert [reply.status for reply in replies] == [400]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "PATCH"])
def test_a_body_of_any_method_is_its_body(host, secret, wire, method):  # noqa: F811
    """Servers that think that a GET has no body take what follows for a request."""
    for framing, body in ((f"Content-Length: {len(secret)}", secret),
                          ("Transfer-Encoding: chunked", f"{len(secret):x}\r\n{secret}\r\n0\r\n\r\n")):
        wire.send(f"{head(host, method)}{framing}\r\n\r\n{body}".encode("latin-1"))
        wire.socket.shutdown(1)
        received = b""
        while piece := wire.socket.recv(1 << 16):
            received += piece
        assert received.count(b"HTTP/1.1 ") == 1 and b"SECRET" not in received
        wire.close()


def test_names_that_only_look_like_lengths_mean_nothing(host, secret, wire):  # noqa: F811
    """A proxy that takes an underscore for a hyphen must not make this server see another body than everybody else."""
    for more in ("Content_Length: 0", "Transfer_Encoding: chunked", "X-Transfer-Encoding: chunked",
                 "Content-Length-: 0"):
        replies = answers(wire, head(host, more=f"{JSON}{more}\r\nContent-Length: 2\r\n\r\n{{}}{secret}"))
        assert [reply.status for reply in replies] == [422, 200]
        wire.close()


def test_credentials_and_lengths_in_trailers_change_nothing(host, secret, wire):  # noqa: F811
    for trailer in ("Content-Length: 500", "Transfer-Encoding: chunked", "Host: harbor.localhost", "Connection: close"):
        text = head(host, more=f"{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailer}\r\n\r\n{secret}")
        assert [reply.status for reply in answers(wire, text)] in ([400], [422, 200])
        wire.close()
