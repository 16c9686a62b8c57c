import GantryCore
import GantryCryptography
import GantryLoader
import GantryServer

/// A body that is sent again and again: its bytes in both codings, its entity tag, its headers.
final class PreparedBody: Sendable {
    let contentType: [UInt8]
    let plain: [UInt8]
    /// Nil where compression does not make it shorter.
    let gzip: [UInt8]?
    /// Weak, since it stands for both codings.
    let tag: String
    let headers: [ReplyField]

    init(_ plain: [UInt8], contentType: String, headers: [ReplyField], compression: Compression) {
        self.contentType = Array(contentType.utf8)
        self.plain = plain
        let isCompressible = self.contentType.withUnsafeBytes(MediaTypes.isCompressible)
        gzip =
            isCompressible && plain.count >= RepresentationStep.minimumBytes
            ? plain.withUnsafeBytes { compression.gzip($0) } : nil
        tag = "W/\"\(Cryptography.sha256(plain).hexadecimal.prefix(32))\""
        self.headers = headers + [ReplyField(name: "ETag", value: tag)]
    }

    /// Sends it, or says that the client has it.
    func send(_ context: RequestContext) {
        var fields = headers
        if gzip != nil { fields.append(ReplyField(name: "Vary", value: "Accept-Encoding")) }
        let now = Int(context.wallMilliseconds / 1000)
        switch context.headers.conditions?.verdict(tag: tag, lastModified: nil, now: now) {
        case .failed: return ResponseStep.fail(context, .preconditionFailed)
        case .notModified: return RepresentationStep.sendNotModified(context, fields, [])
        case .send, nil: break
        }
        var bytes = plain
        if let gzip, context.gateway.configuration.browsers.compresses,
            context.headers.acceptEncoding.map(AcceptedCoding.init) == .gzip
        {
            bytes = gzip
            fields.append(ReplyField(name: "Content-Encoding", value: "gzip"))
        }
        guard context.claimAnswer() else { return }
        bytes.withUnsafeBytes { body in
            contentType.withUnsafeBytes { type in
                RepresentationStep.finish(context, 200, type, fields, [], body)
            }
        }
    }
}
