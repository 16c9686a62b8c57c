import GantryServer
import Glibc

/// The headers that the gateway itself reads, found in one pass. There are so many places for them that a copy would
/// cost more than finding them.
struct RequestHeaders: ~Copyable {
    var host: String?
    var tenant: String?
    var authorization: String?
    var requestID: String?
    var traceParent: String?
    /// All of them, in their order.
    var traceState: String?
    var contentType: String?
    var acceptVersion: String?
    var apiVersion: String?
    /// All of them, in their order.
    var forwardedFor: String?
    /// The codings that the client accepts; several lines are one list.
    var acceptEncoding: String?
    /// The coding that the body came in, unless it is plain.
    var contentEncoding: String?
    /// The page that a browser sends the request for.
    var origin: String?
    /// What a browser asks before it sends a request from a page of another origin.
    var requestedMethod: String?
    var requestedHeaders: String?
    /// Conditions under which the answer is wanted; nil, and cheap to look at, for nearly every request.
    var conditions: RequestConditions?
    /// A header that decides who is calling, or for whom, occurs more than once.
    var isAmbiguous = false

    init(_ exchange: Exchange) {
        var found = RequestHeaders()
        exchange.forEachField { name, value in found.take(name, value) }
        self = found
    }

    private init() {}

    private mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        switch name.count {
        case 4: if HeaderName.matches(name, "host") { host = Self.text(value) }
        case 6: if HeaderName.matches(name, "origin") { origin = Self.text(value) }
        case 8, 17, 19:
            var conditions = conditions ?? RequestConditions()
            if conditions.take(name, value) { self.conditions = conditions }
        case 10:
            if HeaderName.matches(name, "tracestate") { traceState = Self.joined(traceState, Self.text(value)) }
        case 11:
            if HeaderName.matches(name, "traceparent") {
                // Of two neither is believed.
                traceParent = traceParent == nil ? Self.text(value) : ""
            } else if HeaderName.matches(name, "x-tenant-id") {
                if tenant != nil { isAmbiguous = true }
                tenant = Self.text(value)
            }
        case 12:
            if HeaderName.matches(name, "content-type") {
                contentType = Self.text(value)
            } else if HeaderName.matches(name, "x-request-id") {
                requestID = Self.text(value)
            }
        case 13:
            if HeaderName.matches(name, "authorization") {
                if authorization != nil { isAmbiguous = true }
                authorization = Self.text(value)
            } else if HeaderName.matches(name, "x-api-version") {
                apiVersion = Self.text(value)
            } else {
                var conditions = conditions ?? RequestConditions()
                if conditions.take(name, value) { self.conditions = conditions }
            }
        case 14: if HeaderName.matches(name, "accept-version") { acceptVersion = Self.text(value) }
        case 16:
            if HeaderName.matches(name, "content-encoding"), Self.text(value).lowercased() != "identity" {
                contentEncoding = Self.joined(contentEncoding, Self.text(value))
            }
        case 29: if HeaderName.matches(name, "access-control-request-method") { requestedMethod = Self.text(value) }
        case 30: if HeaderName.matches(name, "access-control-request-headers") { requestedHeaders = Self.text(value) }
        case 15:
            if HeaderName.matches(name, "accept-encoding") {
                acceptEncoding = Self.joined(acceptEncoding, Self.text(value))
            } else if HeaderName.matches(name, "x-forwarded-for") {
                forwardedFor = forwardedFor.map { $0 + "," + Self.text(value) } ?? Self.text(value)
            }
        default: break
        }
    }
}

extension RequestHeaders {
    static func text(_ value: UnsafeBufferPointer<UInt8>) -> String { String(decoding: value, as: UTF8.self) }

    /// Several lines of one header are one list.
    static func joined(_ list: String?, _ value: String) -> String { list.map { "\($0), \(value)" } ?? value }
}

/// Comparison of header names.
enum HeaderName {
    /// Headers that no module sees as they came: credentials, what concerns one connection only, and what a client says
    /// of its own address; see `ModuleRequest.append`.
    private static let withheld: Set<String> = [
        "authorization", "connection", "cookie", "expect", "forwarded", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "x-forwarded-for", "x-real-ip",
        "x-user-id", DeliveryStep.keyHeader,
    ]

    /// Compares with a name in lower case.
    static func matches(_ name: String, _ lowercase: StaticString) -> Bool {
        guard name.utf8.count == lowercase.utf8CodeUnitCount else { return false }
        var expected = lowercase.utf8Start
        for byte in name.utf8 {
            if lower(byte) != expected.pointee { return false }
            expected += 1
        }
        return true
    }

    /// Compares a name that is in lower case already.
    static func matches(_ name: UnsafeBufferPointer<UInt8>, _ lowercase: StaticString) -> Bool {
        guard name.count == lowercase.utf8CodeUnitCount, let base = name.baseAddress else { return false }
        return memcmp(base, lowercase.utf8Start, name.count) == 0
    }

    /// Whether a lower-case name is kept from modules.
    static func isWithheld(_ lowercase: UnsafeBufferPointer<UInt8>) -> Bool {
        // What the host tells modules has names of this form, which nobody else can use.
        if lowercase.first == UInt8(ascii: "g"), isHosts(lowercase) { return true }
        return switch lowercase.count {
        // Most requests have it, and its length is nobody else's here.
        case 13: matches(lowercase, "authorization")
        case 2, 6, 7, 9, 10, 15, 16, 17, 19: withheld.contains(String(decoding: lowercase, as: UTF8.self))
        default: false
        }
    }

    private static func isHosts(_ lowercase: UnsafeBufferPointer<UInt8>) -> Bool {
        let prefix: StaticString = "gantry-"
        guard lowercase.count > prefix.utf8CodeUnitCount, let base = lowercase.baseAddress else { return false }
        return memcmp(base, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    }

    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
