import GantryThreads
import NIOCore
import Synchronization

/// Counts the connections of a server, all together and by the client's address. Any thread.
final class ConnectionTally: Sendable {
    private let maximum: Int
    private let maximumPerAddress: Int
    private let isExempt: @Sendable (String) -> Bool
    private let open = Atomic<Int>(0)
    private let byAddress = Lock<[UInt64: Int]>([:])

    init(_ configuration: ServerConfiguration) {
        maximum = configuration.maximumConnections
        maximumPerAddress = configuration.maximumConnectionsPerAddress
        isExempt = configuration.isExemptFromAddressLimit
    }

    /// Counts a connection until it is closed; false when it is one too many, and has to be closed.
    func admit(_ channel: any Channel) -> Bool {
        let count = open.add(1, ordering: .relaxed).newValue
        let key = maximumPerAddress > 0 ? channel.remoteAddress.flatMap(key) : nil
        let ofAddress = key.map { key in
            byAddress.withLock { counts in
                counts[key, default: 0] += 1
                return counts[key, default: 0]
            }
        }
        channel.closeFuture.whenComplete { _ in self.leave(key) }
        return count <= maximum && ofAddress ?? 0 <= maximumPerAddress
    }

    private func leave(_ key: UInt64?) {
        open.subtract(1, ordering: .relaxed)
        guard let key else { return }
        byAddress.withLock { counts in
            let rest = counts[key, default: 1] - 1
            counts[key] = rest > 0 ? rest : nil
        }
    }

    /// The client as far as it counts as one: of IPv6 the first 64 bits. Nil for this machine itself, and for those
    /// that are exempt.
    private func key(_ address: SocketAddress) -> UInt64? {
        let key: UInt64
        switch address {
        case .v4(let address):
            // Family and port come before the address.
            key = withUnsafeBytes(of: address.address) { Self.number($0[4..<8]) }
        case .v6(let address):
            // Family, port and flow label do.
            key = withUnsafeBytes(of: address.address) { bytes in
                Self.isMapped(bytes[8..<24]) ? Self.number(bytes[20..<24]) : Self.number(bytes[8..<16])
            }
        case .unixDomainSocket:
            return nil
        }
        // `::1` is the one that is used of those that begin with 64 zeros.
        if key == 0 || key >> 24 == 127 { return nil }
        return isExempt(address.ipAddress ?? "") ? nil : key
    }

    private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An IPv4 client seen through an IPv6 socket.
    private static func isMapped(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes.dropFirst(10).prefix(2).allSatisfy { $0 == 0xFF }
    }
}
