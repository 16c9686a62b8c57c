import GantryKit
import PlatformParts

/// The table of projects. Removed ones are never read.
enum ProjectTable {
    private static let columns = "id, name, description, created_at, updated_at"

    static func insert(_ project: Project, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO projects (id, owner_id, name, folded_name, description, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            project.id, project.ownerID, project.name, SearchText.folded(project.name), project.description,
            project.createdMilliseconds, project.updatedMilliseconds)
    }

    /// A project by an id as it was sent, which may spell a UUID in capitals; nil unless it is there and `owner`'s.
    static func find(_ id: String, of owner: String, _ tx: borrowing Transaction) throws -> Project? {
        try tx.first(
            "SELECT \(columns) FROM projects WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
            id.lowercased(), owner
        ) { row in try project(row, owner) }
    }

    /// Some of the projects of an owner.
    static func some(of owner: String, limit: Int, _ tx: borrowing Transaction) throws -> [Project] {
        try tx.rows(
            """
            SELECT \(columns) FROM projects WHERE owner_id = $1 AND deleted_at IS NULL
            ORDER BY created_at DESC, id LIMIT $2
            """,
            owner, limit
        ) { row in try project(row, owner) }
    }

    static func update(_ project: Project, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE projects SET name = $2, folded_name = $3, description = $4, updated_at = $5 WHERE id = $1",
            project.id, project.name, SearchText.folded(project.name), project.description,
            project.updatedMilliseconds)
    }

    static func remove(_ id: String, atMilliseconds time: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE projects SET deleted_at = $2 WHERE id = $1", id, time)
    }

    private static func project(_ row: borrowing Row, _ owner: String) throws -> Project {
        Project(
            id: try row[0], ownerID: owner, name: try row[1], description: try row[2],
            createdMilliseconds: try row[3], updatedMilliseconds: try row[4])
    }
}
