import GantryKit

/// The part of a list that a request asks for.
struct PageRequest {
    /// Number of the page, counted from 0.
    let page: Int
    /// Records on a page.
    let size: Int

    /// Reads `page` and `pageSize`, which the contract check has bounded.
    init(_ query: Fields) throws {
        page = try query.int("page") ?? 0
        size = try query.int("pageSize") ?? 20
    }

    /// Records before the page.
    var offset: Int { page * size }

    /// A list with its pagination; `write` writes the elements of its content.
    func response(totalCount: Int64, _ write: (inout JSONWriter) throws -> Void) rethrows -> Response {
        try .json(capacity: 128 + size * 256) { writer in
            writer.beginObject()
            writer.key("content")
            writer.beginArray()
            try write(&writer)
            writer.endArray()
            writer.key("pagination")
            writer.beginObject()
            writer.key("totalCount")
            writer.int(totalCount)
            writer.key("page")
            writer.int(page)
            writer.key("size")
            writer.int(size)
            writer.endObject()
            writer.endObject()
        }
    }
}
