import Glibc

/// A client that writes the very bytes it is told to, for tests of what no proper client would send.
public final class RawClient {
    /// One response, taken apart.
    public struct Response: Equatable {
        /// Status of the first line.
        public var status: Int
        /// Names in lower case with their values, in order.
        public var headers: [Header]
        /// The whole body.
        public var body: String

        /// A header of the response.
        public struct Header: Equatable {
            /// In lower case.
            public var name: String
            /// As sent.
            public var value: String
        }

        /// The first header of the name, given in lower case.
        public subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// What went wrong in the test's own plumbing.
    public struct Failure: Error {
        /// What was being done.
        public var message: String
    }

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var isAtEnd = false

    /// Connects to a port of the loopback interface.
    public init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failure = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failure == 0 else { throw Failure(message: "connect: \(errno)") }
        limitWaiting()
    }

    /// Connects to a unix socket.
    public init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let failure = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard failure == 0 else { throw Failure(message: "connect: \(errno)") }
        limitWaiting()
    }

    deinit { Glibc.close(descriptor) }

    /// A hung server fails the test instead of hanging it.
    private func limitWaiting() {
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends the text as it is.
    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends the bytes.
    /// - Parameter milliseconds: how long the server may take none of them; for ever unless given.
    public func send(_ bytes: [UInt8], withinMilliseconds milliseconds: Int = 0) throws {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(message: "send: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    public func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Whether the server closes the connection without sending more.
    public func isClosed() -> Bool {
        while received.isEmpty && !isAtEnd { fill() }
        return received.isEmpty
    }

    /// Reads one response; an interim one counts as a response of its own.
    /// - Parameter hasBody: False for the answer to HEAD.
    public func receive(hasBody: Bool = true) throws -> Response {
        let end = try find([13, 10, 13, 10])
        let head = String(decoding: received[..<end], as: UTF8.self)
        received.removeFirst(end + 4)
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            throw Failure(message: "no status line: \(head)")
        }
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return Response.Header(
                name: line[..<colon].lowercased(), value: String(line[colon...].dropFirst(2)))
        }
        var response = Response(status: status, headers: headers, body: "")
        guard hasBody, let length = response["content-length"].flatMap({ Int($0) }) else { return response }
        while received.count < length {
            guard !isAtEnd else { throw Failure(message: "the body was cut off") }
            fill()
        }
        response.body = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return response
    }

    /// Reads so many bytes; nil where the connection ends before.
    public func receiveBytes(_ count: Int) -> [UInt8]? {
        while received.count < count && !isAtEnd { fill() }
        guard received.count >= count else { return nil }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Reads everything up to and with the text.
    public func receiveText(until end: String) throws -> String {
        let pattern = Array(end.utf8)
        var searched = 0
        while true {
            // Nothing to look at when the end of the connection is all that came.
            let lastStart = received.count - pattern.count
            for start in stride(from: searched, through: lastStart, by: 1)
            where received[start..<start + pattern.count].elementsEqual(pattern) {
                defer { received.removeFirst(start + pattern.count) }
                return String(decoding: received[..<(start + pattern.count)], as: UTF8.self)
            }
            searched = max(searched, lastStart + 1)
            guard !isAtEnd else { throw Failure(message: "the connection closed before \(end.debugDescription)") }
            fill()
        }
    }

    /// Sends a request and reads its response.
    public func exchange(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) throws -> Response {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: test"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try receive(hasBody: method != "HEAD")
    }

    private func find(_ pattern: [UInt8]) throws -> Int {
        while true {
            if received.count >= pattern.count {
                for start in 0...(received.count - pattern.count)
                where received[start..<start + pattern.count].elementsEqual(pattern) {
                    return start
                }
            }
            guard !isAtEnd else {
                throw Failure(message: "the connection ended: \(String(decoding: received, as: UTF8.self))")
            }
            fill()
        }
    }

    private func fill() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count <= 0 { isAtEnd = true } else { received += buffer[..<count] }
    }
}
