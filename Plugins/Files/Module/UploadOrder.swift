import GantryKit

/// What the operator configured.
struct FileSettings: Sendable {
    /// Life of signed addresses.
    let urlSeconds: Int64
    /// Largest file that may be announced.
    let maximumBytes: Int64

    init(_ configuration: Configuration) throws {
        let said = try configuration.decode(as: Said.self)
        urlSeconds = said.urlSeconds ?? 3600
        maximumBytes = said.maximumBytes ?? 100 << 20
    }

    private struct Said: Decodable {
        var urlSeconds: Int64?
        var maximumBytes: Int64?
    }
}

/// The body of `createUploadUrl`.
struct UploadOrder {
    let filename: String
    let contentType: String
    let size: Int64

    init(_ body: JSONValue) {
        filename = body["filename"]?.string ?? ""
        contentType = body["content_type"]?.string ?? ""
        size = body["size"]?.int64 ?? 0
    }

    /// The rules that the contract's schema does not say.
    static func check(_ body: JSONValue, _ settings: FileSettings, _ report: borrowing FindingReport) {
        guard let name = body["filename"]?.string else { return }
        let isWrong =
            name == "." || name == ".."
            || name.unicodeScalars.contains { scalar in
                scalar == "/" || scalar == "\\" || scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            }
        guard isWrong, !report.known.contains(where: { $0.path == "filename" }) else { return }
        report("filename", code: "invalid_format", "must be a name without slashes and control characters")
        if let size = body["size"]?.int64, size > settings.maximumBytes,
            !report.known.contains(where: { $0.path == "size" })
        {
            report("size", code: "maximum", "must be at most \(settings.maximumBytes)")
        }
    }

    /// 422 for a file that is larger than the operator wants.
    func tooLarge(_ settings: FileSettings) -> Failure {
        let limit = settings.maximumBytes
        return Failure(422, reason: "validation_failed", "size must be at most \(limit).") { writer in
            writer.beginObject()
            writer.key("field")
            writer.string("size")
            writer.key("max_bytes")
            writer.int(limit)
            writer.key("errors")
            writer.beginArray()
            writer.beginObject()
            writer.key("field")
            writer.string("size")
            writer.key("code")
            writer.string("maximum")
            writer.key("message")
            writer.string("Must be at most \(limit).")
            writer.endObject()
            writer.endArray()
            writer.endObject()
        }
    }
}
