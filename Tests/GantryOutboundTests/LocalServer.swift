import GantryThreads
import Glibc

/// A small HTTP server on the loopback interface. Each request is answered with what the handler writes.
final class LocalServer: Sendable {
    /// One connection, as the handler sees it.
    struct Connection: Sendable {
        let descriptor: Int32

        /// False when the other side has left.
        @discardableResult
        func write(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            var offset = 0
            while offset < bytes.count {
                let count = bytes[offset...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0x4000) }
                if count <= 0 { return false }
                offset += count
            }
            return true
        }

        /// Waits until the other side has left.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    typealias Handler = @Sendable (_ head: String, _ body: String, Connection) -> Void

    let port: UInt16
    private let listener: Int32
    private let pool = ThreadPool(name: "server", threadCount: 12)
    private let handler: Handler
    private let connections = Lock<[Int32]>([])
    private let count = Lock(0)

    /// Connections that were taken so far.
    var connectionCount: Int { count.withLock { $0 } }

    init(_ handler: @escaping Handler) {
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0, "no port")
                precondition(listen(listener, 64) == 0, "no listener")
                getsockname(listener, generic, &length)
            }
            return UInt16(bigEndian: address.pointee.sin_port)
        }
        _ = pool.submit { [self] in accept() }
    }

    /// Closes everything and waits for the handlers.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        connections.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
        pool.stop()
        close(listener)
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0 { return }
            count.withLock { $0 += 1 }
            connections.withLock { $0.append(descriptor) }
            _ = pool.submit { [self] in serve(Connection(descriptor: descriptor)) }
        }
    }

    private func serve(_ connection: Connection) {
        var buffer = ""
        while let end = Self.read(connection, into: &buffer, until: { $0.firstRange(of: "\r\n\r\n")?.upperBound }) {
            let head = String(buffer[..<end])
            buffer = String(buffer[end...])
            let length = Self.contentLength(head)
            guard
                let bodyEnd = Self.read(
                    connection, into: &buffer,
                    until: { $0.utf8.count >= length ? $0.utf8.index($0.startIndex, offsetBy: length) : nil })
            else { break }
            let body = String(buffer[..<bodyEnd])
            buffer = String(buffer[bodyEnd...])
            handler(head, body, connection)
        }
        connections.withLock { $0.removeAll { $0 == connection.descriptor } }
        close(connection.descriptor)
    }

    private static func read(
        _ connection: Connection, into buffer: inout String, until end: (String) -> String.Index?
    ) -> String.Index? {
        while true {
            if let index = end(buffer) { return index }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(connection.descriptor, &bytes, bytes.count, 0)
            if count <= 0 { return nil }
            buffer += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    private static func contentLength(_ head: String) -> Int {
        for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
            return Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
        }
        return 0
    }
}

/// Waits for one value that comes from another thread.
final class Arrival<Value: Sendable>: Sendable {
    private let monitor = Monitor<Value?>(nil)

    func give(_ value: Value) {
        monitor.withLock { $0 = value }
        monitor.broadcast()
    }

    func wait() -> Value? { monitor.wait(until: .after(.seconds(20))) { $0 } }
}
