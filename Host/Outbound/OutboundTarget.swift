import CCurl

/// A URL as libcurl itself reads it: what was checked is what is connected to.
final class OutboundTarget {
    let handle: OpaquePointer
    /// The whole URL.
    let text: String
    /// In lower case; an IPv6 address in brackets.
    let host: String
    let scheme: String
    let port: UInt16

    var defaultPort: UInt16 { scheme == "https" ? 443 : 80 }
    /// Host with the port where it is not the scheme's own, for messages.
    var place: String { port == defaultPort ? host : "\(host):\(port)" }
    /// Whether credentials for one may be sent to the other.
    func isSameOrigin(as other: OutboundTarget) -> Bool {
        (scheme, host, port) == (other.scheme, other.host, other.port)
    }

    init(_ text: String) throws(OutboundError) {
        guard text.utf8.count <= OutboundRequest.maximumURLBytes,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            throw OutboundError(.invalid, "The URL is too long or holds other characters than a URL's.")
        }
        guard let handle = curl_url() else { throw OutboundError(.invalid, "There is no memory for the URL.") }
        guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle)?.lowercased(),
            let host = Self.part(CURLUPART_HOST, of: handle)?.lowercased(),
            let port = Self.part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap(UInt16.init)
        else {
            curl_url_cleanup(handle)
            throw OutboundError(.invalid, "This is no absolute http or https URL.")
        }
        let hasMore = [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_ZONEID].contains {
            Self.part($0, of: handle) != nil
        }
        guard ["http", "https"].contains(scheme), Self.isHost(host), port > 0, !hasMore
        else {
            curl_url_cleanup(handle)
            throw OutboundError(
                .invalid, "Only http and https URLs with a plain host, without user and zone, are possible.")
        }
        self.handle = handle
        self.text = Self.part(CURLUPART_URL, of: handle) ?? text
        self.scheme = scheme
        self.host = host.hasSuffix(".") ? String(host.dropLast()) : host
        self.port = port
    }

    deinit { curl_url_cleanup(handle) }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("[") { return host.hasSuffix("]") && !host.contains("%") }
        return !host.isEmpty
            && host.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-._".utf8.contains($0)
                }
            }
    }
}
