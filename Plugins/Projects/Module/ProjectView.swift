import GantryKit

/// How an answer shows projects: the contract's `Project`, and in the second version of the platform `ProjectV2`.
struct ProjectView {
    private static let dayMilliseconds: Int64 = 86_400_000
    /// For how long a change is a recent one: seven times 24 hours.
    private static let recentMilliseconds = 7 * dayMilliseconds

    private let isExtended: Bool
    private let nowMilliseconds: Int64

    /// The view of a version at a time.
    init(_ version: Int, nowMilliseconds: Int64) {
        isExtended = version == 2
        self.nowMilliseconds = nowMilliseconds
    }

    /// The view that a request asks for, at the present time.
    init(_ request: borrowing Request) throws {
        self.init(request.apiVersion, nowMilliseconds: try request.clock.milliseconds())
    }

    func write(_ project: Project, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(project.id)
        writer.key("name")
        writer.string(project.name)
        writer.key("description")
        writer.string(project.description)
        writeRest(project.ownerID, project.createdMilliseconds, project.updatedMilliseconds, to: &writer)
    }

    /// Writes a row of `ProjectTable.columns` without making values of its texts.
    func write(_ row: borrowing Row, _ ownerID: String, to writer: inout JSONWriter) throws {
        writer.beginObject()
        writer.key("id")
        try writer.text(row, 0)
        writer.key("name")
        try writer.text(row, 1)
        writer.key("description")
        try writer.optionalText(row, 2)
        writeRest(ownerID, try row[3], try row[4], to: &writer)
    }

    private func writeRest(_ ownerID: String, _ created: Int64, _ updated: Int64, to writer: inout JSONWriter) {
        writer.key("owner_id")
        writer.string(ownerID)
        writer.key("created_at")
        writer.timestamp(milliseconds: created)
        writer.key("updated_at")
        writer.timestamp(milliseconds: updated)
        if isExtended {
            writer.key("days_since_created")
            writer.int(max(0, nowMilliseconds - created) / Self.dayMilliseconds)
            writer.key("is_recently_updated")
            writer.bool(nowMilliseconds - updated <= Self.recentMilliseconds)
        }
        writer.endObject()
    }
}
