import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader
import GantryServer
import GantryTelemetry
import GantryThreads

/// Hands out the bytes of one transfer: whole, or one range of them (RFC 9110, 14), by credit.
final class TransferDownload: @unchecked Sendable {
    // Guard: the pieces run one at a time, each asked for when the one before is done; only they touch `offset`.

    private let context: RequestContext
    private let content: TransferContent
    private let stream: RequestStream
    private var offset: Int64
    private let end: Int64

    private init(_ context: RequestContext, _ content: TransferContent, _ range: Range<Int64>) {
        self.context = context
        self.content = content
        stream = RequestStream(context)
        offset = range.lowerBound
        end = range.upperBound
    }

    /// Answers with what the request wants of the content.
    static func begin(_ context: RequestContext, _ content: TransferContent) {
        let description = content.reader.description
        let tag = "\"\(description.sha256.hexadecimal)\""
        let modified = HTTPTime.text(second: Int(description.createdAtMilliseconds / 1000))
        var headers = [
            ReplyField(name: "Content-Disposition", value: ContentDisposition.attachment(content.filename)),
            ReplyField(name: "X-Content-Type-Options", value: "nosniff"),
            ReplyField(name: "Content-Security-Policy", value: "sandbox"),
            ReplyField(name: "Cache-Control", value: "private, no-transform"),
            ReplyField(name: "Accept-Ranges", value: "bytes"), ReplyField(name: "ETag", value: tag),
            ReplyField(name: "Last-Modified", value: modified),
        ]
        switch context.headers.conditions?.verdict(
            tag: tag, lastModified: modified, now: Int(context.wallMilliseconds / 1000))
        {
        case .notModified: return RepresentationStep.sendNotModified(context, headers, [])
        case .failed: return ResponseStep.fail(context, .preconditionFailed)
        case .send, nil: break
        }
        let size = description.size
        var range = 0..<size
        var status = 200
        switch wanted(context, tag: tag, modified: modified, size: size) {
        case .whole: break
        case .part(let part):
            (range, status) = (part, 206)
            headers.append(
                ReplyField(
                    name: "Content-Range", value: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"))
        case .none: return ResponseStep.fail(context, .rangeBehindEnd(size: size))
        }
        TransferDownload(context, content, range).send(status: status, headers)
    }

    private static func wanted(
        _ context: RequestContext, tag: String, modified: String, size: Int64
    ) -> ByteRange.Wanted {
        guard let range = context.headerValue("range") else { return .whole }
        // A part is of use only to who has the rest of the very same bytes.
        if let condition = context.headerValue("if-range"), condition != tag, condition != modified { return .whole }
        return ByteRange.wanted(range, size: size)
    }

    private func send(status: Int, _ headers: [ReplyField]) {
        let type = Array(content.contentType.utf8)
        let isStarted = type.withUnsafeBytes {
            stream.start(status: status, contentType: $0, headers: headers, length: Int(end - offset))
        }
        guard isStarted else { return }
        stream.observe { [self] signals in
            if signals.contains(.writable), !signals.contains(.closed) { resume() }
        }
        sendMore()
    }

    private func resume() {
        if context.module?.share.submit({ self.sendMore() }) == true { return }
        stream.reset()
    }

    /// Sends as much as the client takes now.
    private func sendMore() {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: TransferStep.pieceBytes, alignment: 16)
        defer { room.deallocate() }
        while offset < end {
            let wanted = Int(min(end - offset, Int64(room.count)))
            let read: Int
            do throws(PortOutcome) {
                read = try content.reader.read(
                    at: offset, into: UnsafeMutableRawBufferPointer(rebasing: room[..<wanted]))
            } catch {
                return breakOff("\(error.message)")
            }
            guard read > 0 else { return breakOff("The file is shorter than its description.") }
            let (status, taken) = stream.write(UnsafeRawBufferPointer(rebasing: room[..<read]))
            switch status {
            case .ok: offset += Int64(taken)
            // The observer is told once the client has read.
            case .busy: return
            default: return
            }
        }
        stream.finish()
    }

    private func breakOff(_ message: String) {
        context.gateway.log.write(
            .error, "A download was broken off.", scope: context.logScope, trace: context.trace,
            fields: [LogField("error", message)])
        stream.reset()
    }
}

/// The header `Range`, of which one range of bytes is honoured.
enum ByteRange {
    enum Wanted: Equatable {
        /// Several ranges, another unit, or what cannot be read.
        case whole
        case part(Range<Int64>)
        /// It begins behind the end.
        case none
    }

    static func wanted(_ header: String, size: Int64) -> Wanted {
        let text = header.filter { $0 != " " && $0 != "\t" }
        guard text.utf8.count <= 64, text.lowercased().hasPrefix("bytes=") else { return .whole }
        let range = text.dropFirst(6)
        guard let dash = range.firstIndex(of: "-") else { return .whole }
        let (first, last) = (range[..<dash], range[range.index(after: dash)...])
        guard isNumber(first), isNumber(last) else { return .whole }
        if first.isEmpty {
            guard !last.isEmpty else { return .whole }
            // The last so many bytes.
            let count = Int64(last) ?? .max
            return count == 0 ? .none : .part(max(0, size - count)..<size)
        }
        let start = Int64(first) ?? .max
        let end = last.isEmpty ? Int64.max : Int64(last) ?? .max
        guard start <= end else { return .whole }
        guard start < size else { return .none }
        return .part(start..<(end < size ? end + 1 : size))
    }

    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension Failure {
    fileprivate static func rangeBehindEnd(size: Int64) -> Failure {
        Failure(416, "range_not_satisfiable", "The file ends before that range.")
            .with { writer in
                writer.key("size")
                writer.int(size)
            }
            .with(header: "Content-Range: bytes */\(size)")
    }
}
