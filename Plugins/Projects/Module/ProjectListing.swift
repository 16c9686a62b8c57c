import GantryKit
import PlatformParts

/// Pages through the caller's projects, newest first.
///
/// Rows go from the database into the answer without becoming values; a page that is not full costs one statement.
enum ProjectListing {
    static func answer(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let query = request.query
        let page = try ListPage(query)
        let search = SearchText(query["search"])
        let view = try ProjectView(request)
        return try request.database.read { tx in
            try page.response { writer in
                var count = 0
                try select(owner, search, page, tx) { row in
                    try view.write(row, owner, to: &writer)
                    count += 1
                }
                return count
            } count: {
                try total(owner, search, tx)
            }
        }
    }

    private static func select(
        _ owner: String, _ search: SearchText?, _ page: ListPage, _ tx: borrowing Transaction,
        row: (borrowing Row) throws -> Void
    ) throws {
        guard let search else {
            return try tx.query(
                """
                SELECT id, name, description, created_at, updated_at FROM projects
                WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id LIMIT $2 OFFSET $3
                """,
                owner, page.limit, page.skip, row: row)
        }
        try tx.query(
            #"""
            SELECT id, name, description, created_at, updated_at FROM projects
            WHERE owner_id = $1 AND deleted_at IS NULL AND lower(folded_name) LIKE $4 ESCAPE '\'
            ORDER BY created_at DESC, id LIMIT $2 OFFSET $3
            """#,
            owner, page.limit, page.skip, search.pattern, row: row)
    }

    private static func total(_ owner: String, _ search: SearchText?, _ tx: borrowing Transaction) throws -> Int {
        guard let search else {
            return try tx.one("SELECT count(*) FROM projects WHERE owner_id = $1 AND deleted_at IS NULL", owner) {
                try $0[0]
            }
        }
        return try tx.one(
            #"""
            SELECT count(*) FROM projects
            WHERE owner_id = $1 AND deleted_at IS NULL AND lower(folded_name) LIKE $2 ESCAPE '\'
            """#,
            owner, search.pattern
        ) { try $0[0] }
    }
}
