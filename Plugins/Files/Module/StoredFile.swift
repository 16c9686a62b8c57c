import GantryKit

/// A file that is announced or there.
struct StoredFile {
    /// For how long an announcement stays open: 24 hours.
    static let openSeconds: Int64 = 86_400

    let id: String
    /// Who announced it.
    let ownerID: String
    /// As it came.
    let filename: String
    let contentType: String
    let size: Int64
    /// When it was announced, in milliseconds since 1970.
    let createdMilliseconds: Int64
    /// When it was confirmed; nil while it is only announced.
    var uploadedMilliseconds: Int64?

    /// Whether the file exists for others than the one who announced it.
    var isUploaded: Bool { uploadedMilliseconds != nil }

    /// What the storage calls it.
    var key: String { "uploads/\(Self.safe(ownerID))/\(FileID.bare(id))/\(Self.safe(filename))" }

    /// ASCII letters, digits, dots, dashes and underscores as they are, underscores for everything else.
    private static func safe(_ text: String) -> String {
        String(
            decoding: text.unicodeScalars.map { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": UInt8(scalar.value)
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
    }

    /// 409 for an upload of another size than announced.
    func mismatch(actualSize: Int64) -> Failure {
        let expected = size
        return Failure(409, reason: "size_mismatch", "Another number of bytes has arrived than was announced.") {
            writer in
            writer.beginObject()
            writer.key("expected_size")
            writer.int(expected)
            writer.key("actual_size")
            writer.int(actualSize)
            writer.endObject()
        }
    }
}

/// Identifiers of files: `file_` and 32 hexadecimal digits, which nobody guesses.
enum FileID {
    private static let prefix = "file_"
    private static let digits = Array("0123456789abcdef".utf8)

    static func make(_ random: RandomSource) throws -> String {
        let bytes = try random.bytes(16)
        return prefix + String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Without the prefix.
    static func bare(_ id: String) -> String { String(id.dropFirst(prefix.utf8.count)) }
}

/// What the module tells others of files.
enum FileEvents {
    /// Publishes an event with the transaction, in order for each file.
    static func publish(
        _ type: String, _ file: StoredFile, isRemoval: Bool = false, atMilliseconds time: Int64,
        _ tx: borrowing Transaction
    ) throws {
        try tx.publish(type, key: file.id) { writer in
            writer.beginObject()
            writer.key("file_id")
            writer.string(file.id)
            writer.key("user_id")
            writer.string(file.ownerID)
            writer.key("content_type")
            writer.string(file.contentType)
            writer.key("size")
            writer.int(file.size)
            if isRemoval {
                writer.key("was_confirmed")
                writer.bool(file.isUploaded)
            }
            writer.key("occurred_at")
            writer.timestamp(milliseconds: time)
            writer.endObject()
        }
    }
}
