public import Glibc

/// An address of the Internet Protocol. An IPv4 address is kept in its IPv4-mapped form, so that both ways of writing
/// it are one value.
public struct InternetAddress: Sendable, Hashable, CustomStringConvertible {
    private static let mapped: UInt64 = 0xffff

    /// The first 64 bits of the IPv6 form.
    public var high: UInt64
    /// The last 64 bits of the IPv6 form.
    public var low: UInt64

    /// The IPv4 address, where it is one.
    public var version4: UInt32? {
        high == 0 && low >> 32 == Self.mapped ? UInt32(truncatingIfNeeded: low) : nil
    }

    /// An IPv4 address in the machine's byte order.
    public init(version4: UInt32) {
        high = 0
        low = Self.mapped << 32 | UInt64(version4)
    }

    /// Reads `192.0.2.1` or `2001:db8::1`; nil for anything else.
    public init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(version4: UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(six)
    }

    /// The address that a socket is to be connected to; nil for other families.
    public init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let four = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            self.init(version4: UInt32(bigEndian: four.sin_addr.s_addr))
        case AF_INET6:
            self.init(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    /// The usual form, `192.0.2.1` also where it was written as an IPv4-mapped address.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if let version4 {
            var four = in_addr(s_addr: version4.bigEndian)
            inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
        } else {
            var six = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private init(_ address: in6_addr) {
        (high, low) = withUnsafeBytes(of: address) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}

/// Addresses that begin with the same bits, written `10.0.0.0/8`, `fd00::/8`, or as a single address.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let address: InternetAddress
    /// Bits of the IPv6 form that count, 0 to 128.
    private let bitCount: Int

    /// Reads a range; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = InternetAddress(String(first)) else {
            return nil
        }
        // An IPv4-mapped address in its IPv6 form counts its bits as IPv6 does.
        let offset = address.version4 != nil && !first.contains(":") ? 96 : 0
        var bitCount = 128
        if parts.count == 2 {
            guard let count = Int(parts[1]), (0...128 - offset).contains(count) else { return nil }
            bitCount = count + offset
        }
        description = text
        self.address = address
        self.bitCount = bitCount
    }

    /// Whether the address lies in the range.
    public func contains(_ other: InternetAddress) -> Bool {
        let highMask = bitCount >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bitCount))
        let lowMask = bitCount <= 64 ? 0 : bitCount == 128 ? UInt64.max : ~(UInt64.max >> UInt64(bitCount - 64))
        return (other.high ^ address.high) & highMask == 0 && (other.low ^ address.low) & lowMask == 0
    }
}
