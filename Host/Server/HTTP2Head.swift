import NIOHPACK

/// The head of a request of HTTP/2 in the form that one of HTTP/1 has: `:authority` becomes `Host`.
///
/// Pseudo headers out of place, names in upper case and headers that concern a connection were refused with the frame.
struct HTTP2Head {
    let head: RequestHead
    /// Why the request cannot be served, where that is so.
    private(set) var fault: RequestFault?

    init(_ fields: HPACKHeaders, _ configuration: ServerConfiguration) {
        var reader = Reader()
        for (name, value, _) in fields { reader.take(name, value) }
        reader.finish()
        head = RequestHead(method: reader.method, target: reader.path, fields: reader.fields)
        if reader.bytes > configuration.maximumHeaderBytes || reader.fields.count > configuration.maximumHeaderCount {
            fault = .headTooLarge
        } else if reader.isMalformed || head.framing.isContradictory || head.framing.isUnreadable {
            fault = .malformed
        }
    }

    /// One pass over the fields.
    private struct Reader {
        var method = ""
        var path = ""
        var fields: [(String, String)] = []
        /// Of all names and values, but not of the names that every request has.
        var bytes = 0
        var isMalformed = false
        private var authority: String?
        private var host: String?
        private var cookies: [String] = []

        init() {
            fields.reserveCapacity(12)
        }

        mutating func take(_ name: String, _ value: String) {
            bytes += value.utf8.count
            if name.utf8.first == UInt8(ascii: ":") { return takePseudo(name, value) }
            bytes += name.utf8.count
            switch name.utf8.count {
            case 4 where name == "host":
                if host != nil { isMalformed = true }
                host = value
            case 6 where name == "cookie":
                // HTTP/2 may divide them, HTTP/1 may not.
                cookies.append(value)
            default:
                fields.append((name, value))
            }
        }

        private mutating func takePseudo(_ name: String, _ value: String) {
            switch name {
            case ":method":
                method = value
                if !HeaderRules.isName(value) || value == "CONNECT" { isMalformed = true }
            case ":path":
                path = value
                if !Self.isTarget(value) { isMalformed = true }
            case ":authority":
                authority = value
            case ":scheme":
                if value != "http" && value != "https" { isMalformed = true }
            default:
                isMalformed = true
            }
        }

        /// A path, or the asterisk of OPTIONS; HTTP/2 has no absolute form.
        private static func isTarget(_ text: String) -> Bool {
            if text == "*" { return true }
            return text.utf8.first == UInt8(ascii: "/") && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        }

        mutating func finish() {
            if let authority, let host, !authority.utf8.elementsEqual(host.utf8, by: HeaderRules.isSameLetter) {
                isMalformed = true
            }
            if let host = authority ?? host, !host.isEmpty {
                fields.append(("host", host))
            } else {
                isMalformed = true
            }
            if path == "*" && method != "OPTIONS" { isMalformed = true }
            if !cookies.isEmpty { fields.append(("cookie", cookies.joined(separator: "; "))) }
        }
    }
}

extension HeaderRules {
    /// Whether two bytes are the same but for the case of an ASCII letter.
    static func isSameLetter(_ left: UInt8, _ right: UInt8) -> Bool {
        left == right || (left | 0x20 == right | 0x20 && (0x61...0x7A).contains(left | 0x20))
    }
}
