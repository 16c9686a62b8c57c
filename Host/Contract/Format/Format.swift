import GantryJSON

/// A named format that is checked, not merely noted.
enum Format: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case email
    case hostname
    case ipv4
    case ipv6
    case uri
    case uriReference = "uri-reference"
    case uuid
    case jsonPointer = "json-pointer"
    case regex
    case int32
    case int64
    case float
    case double
    case password
    case binary
    case byte

    /// Whether the format says something about strings.
    var concernsStrings: Bool {
        switch self {
        case .int32, .int64, .float, .double, .password, .binary: false
        default: true
        }
    }

    /// How the format is called in a message.
    var phrase: String {
        switch self {
        case .dateTime: "an RFC 3339 timestamp with an offset"
        case .date: "a date such as 2026-06-14"
        case .time: "a time with an offset"
        case .duration: "an ISO 8601 duration"
        case .email: "an e-mail address"
        case .hostname: "a host name"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .uri: "an absolute URI"
        case .uriReference: "a URI or a relative reference"
        case .uuid: "a UUID"
        case .jsonPointer: "a JSON pointer"
        case .regex: "a regular expression"
        case .int32: "a 32-bit integer"
        case .int64: "a 64-bit integer"
        case .float: "a 32-bit number"
        case .double: "a number"
        case .password, .binary: "a string"
        case .byte: "base64"
        }
    }

    /// Whether a string, given as well-formed UTF-8, has this format.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .dateTime: RFC3339.milliseconds(text) != nil
        case .date: RFC3339.days(text) != nil
        case .time: RFC3339.timeOfDay(text) != nil
        case .duration: DurationFormat.matches(text)
        case .email: HostFormat.isEmailAddress(text)
        case .hostname: HostFormat.isHostName(text)
        case .ipv4: AddressFormat.isIPv4(text)
        case .ipv6: AddressFormat.isIPv6(text)
        case .uri: URIFormat.matches(text, mayBeRelative: false)
        case .uriReference: URIFormat.matches(text, mayBeRelative: true)
        case .uuid: Self.isUUID(text)
        case .jsonPointer: Self.isJSONPointer(text)
        case .regex: (try? Pattern(String(decoding: text, as: UTF8.self))) != nil
        case .byte: Self.isBase64(text)
        case .int32, .int64, .float, .double, .password, .binary: true
        }
    }

    /// Whether a number has this format.
    func matches(_ number: JSONValue) -> Bool {
        switch self {
        case .int32: number.int64.map { Int32(exactly: $0) != nil } ?? false
        case .int64: number.int64 != nil
        case .float: number.double.map { Float($0).isFinite } ?? false
        default: true
        }
    }

    private static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        for (index, byte) in text.enumerated() {
            switch index {
            case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
            default: if !byte.isHexadecimalDigit { return false }
            }
        }
        return true
    }

    private static func isJSONPointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first else { return true }
        guard first == UInt8(ascii: "/") else { return false }
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "~") {
            guard index + 1 < text.count, text[index + 1] &- UInt8(ascii: "0") < 2 else { return false }
        }
        return true
    }

    private static func isBase64(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count % 4 == 0 else { return false }
        var padding = 0
        for byte in text {
            if byte == UInt8(ascii: "=") {
                padding += 1
            } else if padding > 0 || !(byte.isLetterOrDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")) {
                return false
            }
        }
        return padding <= 2
    }
}

extension UInt8 {
    /// Whether the byte is an ASCII digit.
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// Whether the byte is an ASCII letter.
    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

    /// Whether the byte is an ASCII letter or digit.
    var isLetterOrDigit: Bool { isDigit || isLetter }

    /// Whether the byte is a hexadecimal digit in either case.
    var isHexadecimalDigit: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
}
