import Glibc

/// A socket that is listened on: bound here, or handed over by whoever started or precedes this process. Connections
/// wait in it as long as any process has it open, whether or not one takes them.
public final class ListeningSocket: Sendable {
    /// Connections that may wait to be taken.
    private static let backlog: Int32 = 4096

    /// The socket, which belongs to the object.
    public let descriptor: Int32
    /// The address with the port that was taken.
    public let address: ListenAddress

    /// Binds the address and begins to listen. Blocks where a host name is looked up.
    public init(binding address: ListenAddress) throws(ServerError) {
        switch address.kind {
        case .internet(let host, let port):
            descriptor = try Self.bindInternet(address, host: host, port: port)
            self.address = .internet(host: host, port: Self.port(of: descriptor) ?? port)
        case .unixSocket(let path):
            descriptor = try Self.bindUnix(address, path: path)
            self.address = address
        }
    }

    /// Takes over a socket that somebody has made; from now on it belongs to the object. Throws where the descriptor is
    /// no socket of a stream that is listened on.
    public init(inheriting descriptor: Int32) throws(ServerError) {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening != 0,
            let address = Self.address(of: descriptor)
        else {
            throw ServerError(
                code: .bind, message: "Descriptor \(descriptor) was handed over and is no socket that listens.")
        }
        self.descriptor = descriptor
        self.address = address
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Whether the socket is what binding the address would give; port 0 is any port.
    public func serves(_ wanted: ListenAddress) -> Bool {
        switch (address.kind, wanted.kind) {
        case (.unixSocket(let path), .unixSocket(let wantedPath)):
            return path == wantedPath
        case (.internet(let host, let port), .internet(let wantedHost, let wantedPort)):
            guard port == wantedPort || wantedPort == 0 else { return false }
            return host == wantedHost || Self.resolve(wantedHost).contains { $0.host == host }
        default:
            return false
        }
    }

    // MARK: Binding

    private static func bindInternet(
        _ address: ListenAddress, host: String, port: Int
    ) throws(ServerError) -> Int32 {
        let candidates = resolve(host)
        if candidates.isEmpty { throw failure(address, "there is no such host") }
        var reason = ""
        for candidate in candidates {
            let descriptor = socket(candidate.family, streamType, 0)
            if descriptor < 0 {
                reason = lastError
                continue
            }
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            if candidate.bind(descriptor, port: port), listen(descriptor, backlog) == 0 { return descriptor }
            reason = lastError
            close(descriptor)
        }
        throw failure(address, reason)
    }

    /// A socket that a process left behind is in the way of nobody.
    private static func bindUnix(_ address: ListenAddress, path: String) throws(ServerError) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: name.sun_path) else {
            throw failure(address, "the path is too long")
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { throw failure(address, lastError) }
        unlink(path)
        let isBound = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        // Nobody can connect before it is listened on, and by then it is the owner's alone.
        guard isBound, chmod(path, 0o600) == 0, listen(descriptor, backlog) == 0 else {
            let reason = lastError
            close(descriptor)
            throw failure(address, reason)
        }
        return descriptor
    }

    private static let streamType =
        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)

    private static var lastError: String { String(cString: strerror(errno)) }

    private static func failure(_ address: ListenAddress, _ reason: String) -> ServerError {
        ServerError(code: .bind, message: "\(address) cannot be listened on: \(reason).")
    }
}

extension ListeningSocket {
    /// One address of a host.
    private struct Resolved {
        var family: Int32
        /// In numbers.
        var host: String
        var bytes: [UInt8]

        func bind(_ descriptor: Int32, port: Int) -> Bool {
            var bytes = bytes
            // The port stands at the same place in both families.
            bytes[2] = UInt8(truncatingIfNeeded: port >> 8)
            bytes[3] = UInt8(truncatingIfNeeded: port)
            return bytes.withUnsafeBytes { buffer in
                buffer.withMemoryRebound(to: sockaddr.self) {
                    Glibc.bind(descriptor, $0.baseAddress, socklen_t(buffer.count)) == 0
                }
            }
        }
    }

    private static func resolve(_ host: String) -> [Resolved] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [Resolved] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard entry.ai_family == AF_INET || entry.ai_family == AF_INET6, let address = entry.ai_addr,
                let name = numericHost(address, entry.ai_addrlen)
            else { continue }
            let bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
            found.append(Resolved(family: entry.ai_family, host: name, bytes: bytes))
        }
        return found
    }

    private static func numericHost(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> String? {
        var host = [CChar](repeating: 0, count: 64)
        guard getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func withName<Result>(
        of descriptor: Int32, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Result?
    ) -> Result? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0 ? use(address, length) : nil
            }
        }
    }

    private static func port(of descriptor: Int32) -> Int? {
        withName(of: descriptor) { address, length in
            withUnsafeBytes(of: UnsafeRawPointer(address).loadUnaligned(fromByteOffset: 2, as: UInt16.self)) {
                Int($0[0]) << 8 | Int($0[1])
            }
        }
    }

    private static func address(of descriptor: Int32) -> ListenAddress? {
        withName(of: descriptor) { address, length in
            switch Int32(address.pointee.sa_family) {
            case AF_INET, AF_INET6:
                guard let host = numericHost(address, length), let port = port(of: descriptor) else { return nil }
                return .internet(host: host, port: port)
            case AF_UNIX:
                let path = UnsafeRawBufferPointer(start: address, count: Int(length)).dropFirst(2).prefix { $0 != 0 }
                return .unixSocket(path: String(decoding: path, as: UTF8.self))
            default:
                return nil
            }
        }
    }
}
