import GantryKit
import PlatformParts

/// How an answer shows files: the contract's `File`, and in the second version of the platform `FileV2`.
struct FileView {
    private let isExtended: Bool

    /// The view of a version.
    init(_ version: Int) { isExtended = version == 2 }

    /// A file as a whole answer.
    func answer(_ file: StoredFile) -> Response {
        .json { writer in
            writer.beginObject()
            writer.key("id")
            writer.string(file.id)
            writer.key("filename")
            writer.string(file.filename)
            writer.key("content_type")
            writer.string(file.contentType)
            writeRest(file.size, file.createdMilliseconds, isImage: Self.isImage(file.contentType), to: &writer)
        }
    }

    /// Writes a row of id, filename, content_type, size and created_at.
    func write(_ row: borrowing Row, to writer: inout JSONWriter) throws {
        let type: String = try row[2]
        writer.beginObject()
        writer.key("id")
        try writer.text(row, 0)
        writer.key("filename")
        try writer.text(row, 1)
        writer.key("content_type")
        writer.string(type)
        writeRest(try row[3], try row[4], isImage: Self.isImage(type), to: &writer)
    }

    private func writeRest(_ size: Int64, _ created: Int64, isImage: Bool, to writer: inout JSONWriter) {
        writer.key("size")
        writer.int(size)
        writer.key("status")
        writer.string("uploaded")
        writer.key("created_at")
        writer.timestamp(milliseconds: created)
        if isExtended {
            writer.key("size_human")
            writer.string(Self.text(bytes: size))
            writer.key("is_image")
            writer.bool(isImage)
        }
        writer.endObject()
    }

    private static func isImage(_ type: String) -> Bool { type.lowercased().hasPrefix("image/") }

    /// Steps of 1024 with one decimal from KiB upwards, rounded to the nearest, such as `812 B` or `50.9 KiB`.
    static func text(bytes: Int64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var unit = 0
        var scale: Int64 = 1024
        // What would be rounded up to 1024.0 is told in the next unit.
        while unit < units.count - 1, (bytes * 10 + scale / 2) / scale >= 10_240 {
            unit += 1
            scale *= 1024
        }
        let tenths = (bytes * 10 + scale / 2) / scale
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

/// Pages through the caller's files, newest first.
enum FileListing {
    static func answer(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let page = try ListPage(request.query)
        let view = FileView(request.apiVersion)
        return try request.database.read { tx in
            try page.response { writer in
                var count = 0
                try tx.query(
                    """
                    SELECT id, filename, content_type, size, created_at FROM files
                    WHERE owner_id = $1 AND deleted_at IS NULL AND uploaded_at IS NOT NULL
                    ORDER BY created_at DESC, id LIMIT $2 OFFSET $3
                    """, owner, page.limit, page.skip
                ) { row in
                    try view.write(row, to: &writer)
                    count += 1
                }
                return count
            } count: {
                try tx.one(
                    """
                    SELECT count(*) FROM files
                    WHERE owner_id = $1 AND deleted_at IS NULL AND uploaded_at IS NOT NULL
                    """, owner
                ) { try $0[0] }
            }
        }
    }
}
