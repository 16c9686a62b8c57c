import CCurl

/// The operator's mail server, which takes mail by SMTP with TLS: at once where it is `smtps://`, by STARTTLS where it
/// is `smtp://` and the server offers it.
public struct MailServer: Sendable {
    /// What takes part in handing over one mail.
    public struct Letter: Sendable {
        /// Address of the sender, which is also told of what cannot be delivered.
        public var sender: String
        /// Address of whoever gets it.
        public var recipient: String
        /// Head and body, with CR LF at the end of each line.
        public var bytes: [UInt8]

        /// A letter. Neither address may hold anything but an address.
        public init(sender: String, recipient: String, bytes: [UInt8]) {
            self.sender = sender
            self.recipient = recipient
            self.bytes = bytes
        }
    }

    /// Why a mail was not taken.
    public struct Refusal: Error, Sendable, Equatable {
        /// Whether another attempt would be refused as well: the server said so of this very mail.
        public var isFinal: Bool
        /// What happened. It names the server, and neither user nor password.
        public var message: String
    }

    private static let connectMilliseconds = 10_000
    private static let totalMilliseconds = 60_000

    private let url: String
    private let requiresEncryption: Bool
    private let certificateFile: String?

    /// - Parameters:
    ///   - url: `smtp://` or `smtps://`, with user and password where the server wants them.
    ///   - requiresEncryption: Whether one without TLS is refused. One that gets a password always is.
    ///   - certificateFile: What its certificate is checked against; nil for the system's.
    public init(url: String, requiresEncryption: Bool, certificateFile: String?) {
        self.url = url
        self.requiresEncryption = requiresEncryption || url.contains("@")
        self.certificateFile = certificateFile
    }

    /// Hands a mail over, within a minute. Blocks; any thread.
    public func submit(_ letter: Letter) throws(Refusal) {
        guard OutboundEngine.globalStatus == CURLE_OK, let easy = curl_easy_init() else {
            throw Refusal(isFinal: false, message: "There is no memory for the mail.")
        }
        defer { curl_easy_cleanup(easy) }
        let recipients = curl_slist_append(nil, "<\(letter.recipient)>")
        defer { curl_slist_free_all(recipients) }
        gantry_curl_set_text(easy, CURLOPT_URL, url)
        gantry_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        gantry_curl_set_text(easy, CURLOPT_PROXY, "")
        gantry_curl_set_text(easy, CURLOPT_MAIL_FROM, "<\(letter.sender)>")
        gantry_curl_set_list(easy, CURLOPT_MAIL_RCPT, recipients)
        gantry_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        gantry_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.connectMilliseconds)
        gantry_curl_set_long(easy, CURLOPT_TIMEOUT_MS, Self.totalMilliseconds)
        gantry_curl_set_long(
            easy, CURLOPT_USE_SSL, Int(requiresEncryption ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
        if let certificateFile { gantry_curl_set_text(easy, CURLOPT_CAINFO, certificateFile) }
        var source = MailSource(bytes: letter.bytes)
        let result = withUnsafeMutablePointer(to: &source) { source in
            gantry_curl_set_long(easy, CURLOPT_UPLOAD, 1)
            gantry_curl_set_pointer(easy, CURLOPT_READDATA, UnsafeRawPointer(source))
            gantry_curl_set_data_function(easy, CURLOPT_READFUNCTION, MailSource.read)
            return curl_easy_perform(easy)
        }
        if result != CURLE_OK { throw refusal(result, easy, wasSent: source.position > 0) }
    }

    private func refusal(_ result: CURLcode, _ easy: UnsafeMutableRawPointer, wasSent: Bool) -> Refusal {
        var reply = 0
        gantry_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
        let reason = String(cString: curl_easy_strerror(result))
        let said = reply == 0 ? "" : " Its last reply was \(reply)."
        return Refusal(
            isFinal: Self.isFinal(result, reply: reply, wasSent: wasSent),
            message: "The mail server did not take it: \(reason).\(said)")
    }

    /// Whether the server's reply is about this mail and for good. What it says of the session, of passwords or of TLS
    /// the operator can mend.
    /// - Parameter wasSent: Whether the server had got some of the mail; until then such a result is about the session.
    static func isFinal(_ result: CURLcode, reply: Int, wasSent: Bool) -> Bool {
        guard (550...559).contains(reply) || reply == 501 || reply == 541 else { return false }
        return result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY && wasSent
    }
}

/// The bytes of a mail on their way to libcurl, which calls on the thread that submits it.
private struct MailSource {
    let bytes: [UInt8]
    var position = 0

    static let read: gantry_curl_data_fn = { target, size, count, context in
        guard let target, let source = context?.assumingMemoryBound(to: MailSource.self) else { return 0 }
        let rest = min(size * count, source.pointee.bytes.count - source.pointee.position)
        source.pointee.bytes.withUnsafeBytes { bytes in
            if rest > 0, let base = bytes.baseAddress {
                UnsafeMutableRawPointer(target).copyMemory(
                    from: base + source.pointee.position, byteCount: rest)
            }
        }
        source.pointee.position += rest
        return rest
    }
}
