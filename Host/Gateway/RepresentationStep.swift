import GantryCore
import GantryCryptography
import GantryLoader
import GantryServer
import GantryThreads

/// What becomes of a module's whole answer by what the client has already and by what it accepts: 304, 412, or the
/// bytes, perhaps compressed.
enum RepresentationStep {
    /// Bodies below this are sent as they are: a packet is a packet.
    static let minimumBytes = 1024
    /// Bodies up to this are compressed where they are made; for larger ones no event loop waits.
    private static let maximumBytesOnEventLoop = 32 * 1024
    /// Bodies up to this get an entity tag of their bytes.
    private static let maximumTaggedBytes = 1 << 20

    /// Whether the answer goes this way.
    static func concerns(_ context: RequestContext, status: Int, byteCount: Int) -> Bool {
        let browsers = context.gateway.configuration.browsers
        if browsers.compresses && byteCount >= minimumBytes { return true }
        return status == 200 && (context.headers.conditions != nil || browsers.tagsAnswers) && isReading(context)
    }

    static func send(
        _ context: RequestContext, status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField],
        body: UnsafeRawBufferPointer
    ) {
        let about = ReplyFacts(headers)
        let mayCompress =
            context.gateway.configuration.browsers.compresses && body.count >= minimumBytes
            && about.allowsCoding(status: status) && MediaTypes.isCompressible(contentType)
        var lines: [UInt8] = mayCompress ? Array("Vary: Accept-Encoding\r\n".utf8) : []
        var tag = about.entityTag
        if status == 200 && isReading(context) {
            if tag == nil, context.gateway.configuration.browsers.tagsAnswers, let own = Self.tag(body) {
                tag = own
                lines += Array("ETag: \(own)\r\n".utf8)
            }
            let now = Int(context.wallMilliseconds / 1000)
            switch context.headers.conditions?.verdict(tag: tag, lastModified: about.lastModified, now: now) {
            case .notModified: return sendNotModified(context, headers, lines)
            case .failed: return ResponseStep.fail(context, .preconditionFailed)
            case .send, nil: break
            }
        }
        guard context.claimAnswer() else { return }
        guard mayCompress, context.headers.acceptEncoding.map(AcceptedCoding.init) == .gzip else {
            return finish(context, status, contentType, headers, lines, body)
        }
        if body.count <= maximumBytesOnEventLoop || !context.exchange.isOnEventLoop {
            return compress(context, status, contentType, headers, lines, body)
        }
        let (copy, type) = (Array(body), Array(contentType))
        let isAccepted = context.gateway.pool.submit { [lines] in
            copy.withUnsafeBytes { body in
                type.withUnsafeBytes { compress(context, status, $0, headers, lines, body) }
            }
        }
        if !isAccepted { finish(context, status, contentType, headers, lines, body) }
    }

    /// The line that begins a compressed stream; nil when the answer is not to be compressed.
    static func streamLines(
        _ context: RequestContext, status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField]
    ) -> (lines: [UInt8], isCompressed: Bool)? {
        guard context.gateway.configuration.browsers.compresses, ReplyFacts(headers).allowsCoding(status: status),
            MediaTypes.isCompressible(contentType)
        else { return nil }
        let isCompressed = context.headers.acceptEncoding.map(AcceptedCoding.init) == .gzip
        let line = isCompressed ? "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" : "Vary: Accept-Encoding\r\n"
        return (Array(line.utf8), isCompressed)
    }

    private static func isReading(_ context: RequestContext) -> Bool {
        let method = context.exchange.method
        return method == "GET" || method == "HEAD"
    }

    /// A weak tag, since it stands for the plain bytes and for the compressed ones alike.
    private static func tag(_ body: UnsafeRawBufferPointer) -> String? {
        guard (1...maximumTaggedBytes).contains(body.count) else { return nil }
        return "W/\"\(Cryptography.sha256(body).hexadecimal.prefix(32))\""
    }

    private static func compress(
        _ context: RequestContext, _ status: Int, _ contentType: UnsafeRawBufferPointer, _ headers: [ReplyField],
        _ lines: [UInt8], _ body: UnsafeRawBufferPointer
    ) {
        let wrapped = ResponseStep.envelope(context, status, contentType, body)?.bytes
        let compression = context.gateway.compression
        guard let small = wrapped.map({ $0.withUnsafeBytes { compression.gzip($0) } }) ?? compression.gzip(body) else {
            return finish(context, status, contentType, headers, lines, body)
        }
        let coded = lines + Array("Content-Encoding: gzip\r\n".utf8)
        small.withUnsafeBytes { finish(context, status, contentType, headers, coded, $0, wraps: false) }
    }

    /// Sends an answer that was claimed.
    static func finish(
        _ context: RequestContext, _ status: Int, _ contentType: UnsafeRawBufferPointer, _ headers: [ReplyField],
        _ lines: [UInt8], _ body: UnsafeRawBufferPointer, wraps: Bool = true
    ) {
        let envelope = wraps ? ResponseStep.envelope(context, status, contentType, body) : nil
        ResponseStep.respond(context, status: status, envelope, body) { fields in
            ResponseStep.writeFields(context, contentType: contentType, headers: headers, to: &fields)
            fields.add(lines: lines)
        }
        ResponseStep.finishStream(context, status: status)
    }

    /// Headers that a 304 repeats (RFC 9110, 15.4.5), besides those of the host.
    private static let repeated: Set<String> = [
        "cache-control", "content-location", "etag", "expires", "last-modified", "vary",
    ]

    /// Tells the client that it has the answer already.
    static func sendNotModified(_ context: RequestContext, _ headers: [ReplyField], _ lines: [UInt8]) {
        guard context.claimAnswer() else { return }
        let kept = headers.filter { repeated.contains($0.name.lowercased()) }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        finish(context, 304, nothing, kept, lines, nothing)
    }
}

/// What a module's headers say about the answer's body.
private struct ReplyFacts {
    private(set) var entityTag: String?
    private(set) var lastModified: String?
    private var isCoded = false

    init(_ headers: [ReplyField]) {
        for header in headers {
            switch header.name.utf8.count {
            case 4 where HeaderName.matches(header.name, "etag"): entityTag = header.value
            case 13 where HeaderName.matches(header.name, "last-modified"): lastModified = header.value
            case 13 where HeaderName.matches(header.name, "cache-control"):
                if header.value.lowercased().contains("no-transform") { isCoded = true }
            case 13 where HeaderName.matches(header.name, "content-range"): isCoded = true
            case 16 where HeaderName.matches(header.name, "content-encoding"): isCoded = true
            default: break
            }
        }
    }

    /// Whether the host may compress: not what is coded already, a part, or said to stay as it is. A strong entity tag
    /// says that too: it stands for these very bytes, clients send it back in `If-Match`, and contracts give its form,
    /// so that the host must not alter it either.
    func allowsCoding(status: Int) -> Bool {
        if isCoded || status < 200 || status == 204 || status == 206 || status == 304 { return false }
        return entityTag.map { $0.hasPrefix("W/") } ?? true
    }
}

/// Media types by what can be done with them.
enum MediaTypes {
    private static let compressible: Set<String> = [
        "application/graphql", "application/javascript", "application/json", "application/json-seq",
        "application/jsonlines", "application/jwk-set+json", "application/wasm", "application/x-ndjson",
        "application/xml", "application/yaml", "image/svg+xml",
    ]

    /// Whether compression is worth its while.
    static func isCompressible(_ contentType: UnsafeRawBufferPointer) -> Bool {
        let essence = contentType.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        if essence.elementsEqual("application/json".utf8) { return true }
        let name = String(decoding: essence, as: UTF8.self).lowercased()
        return name.hasPrefix("text/") || name.hasSuffix("+json") || name.hasSuffix("+xml")
            || compressible.contains(name)
    }
}

extension Failure {
    static let preconditionFailed = Failure(
        412, "precondition_failed", "The record is not in the state that the request is made for.")

    /// The answer also says what would be taken, so that a client can send the same again.
    static let unsupportedCoding = Failure(
        415, "unsupported_content_coding", "Bodies are taken as they are, without a content coding."
    ).with(header: "Accept-Encoding: identity")
}
