public import GantryKit

/// The part of a list that a request asks for, as the platform's contract has it: `skip` and `limit` go in; `items`,
/// `total`, `skip` and `limit` come out.
public struct ListPage: Sendable {
    /// Rows of the ordered result before the page.
    public let skip: Int
    /// The most rows of the page.
    public let limit: Int

    /// Reads `skip` and `limit`, which the contract check has bounded.
    ///
    /// - Parameter limit: How many rows a page has unless the request says otherwise.
    public init(_ query: Fields, limit: Int = 20) throws {
        skip = try query.int("skip") ?? 0
        self.limit = try query.int("limit") ?? limit
    }

    /// The answer with the page.
    ///
    /// - Parameters:
    ///   - itemCapacity: Bytes to make room for at first, for each row.
    ///   - write: Writes the rows of the page and returns how many.
    ///   - count: Counts all rows that match; asked only where the page itself does not tell, which one that is not
    ///     full does.
    public func response(
        itemCapacity: Int = 256, _ write: (inout JSONWriter) throws -> Int, count: () throws -> Int
    ) rethrows -> Response {
        try .json(capacity: 64 + min(limit, 32) * itemCapacity) { writer in
            writer.beginObject()
            writer.key("items")
            writer.beginArray()
            let written = try write(&writer)
            writer.endArray()
            let isLast = written < limit && (written > 0 || skip == 0)
            writer.key("total")
            writer.int(isLast ? skip + written : try count())
            writer.key("skip")
            writer.int(skip)
            writer.key("limit")
            writer.int(limit)
            writer.endObject()
        }
    }
}
