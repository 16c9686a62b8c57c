import GantryEvents
import GantryJSON
import GantryStore
import GantryThreads

/// Something that has changed in the directory, for the modules of the tenant that want to know.
struct Announcement: Sendable {
    /// Stays the same however often it is told.
    var id: String
    var tenant: String
    /// Such as `directory.member.removed`.
    var type: String
    /// What it is about, which orders it.
    var key: String
    /// A JSON object.
    var data: [UInt8]
    /// Milliseconds since 1970.
    var timeMilliseconds: Int64

    /// What `write` puts into the object follows the one who has done it.
    /// - Parameter actor: The user; nil for the operator.
    init(
        _ type: String, tenant: String, key: String, actor: String?, atMilliseconds time: Int64,
        _ write: (inout JSONWriter) -> Void
    ) {
        id = UniqueIdentifier(atMilliseconds: time).description
        self.tenant = tenant
        self.type = type
        self.key = key
        timeMilliseconds = time
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("actor")
        writer.string(actor)
        write(&writer)
        writer.endObject()
        data = writer.bytes
    }

    fileprivate init(_ row: borrowing Row) {
        id = row.string(0)
        tenant = row.string(1)
        type = row.string(2)
        key = row.string(3)
        data = Array(row.bytes(4))
        timeMilliseconds = row.integer(5)
    }
}

extension HostDirectory {
    /// What modules are still to be told. It is written with the change itself.
    static let announcementSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS announcement (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
          tenant TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL, time INTEGER NOT NULL)
        """,
        "CREATE INDEX IF NOT EXISTS announcement_by_tenant ON announcement (tenant, sequence)",
    ]

    static func announce(_ announcement: Announcement, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            "INSERT INTO announcement (id, tenant, type, key, data, time) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(announcement.id), .text(announcement.tenant), .text(announcement.type), .text(announcement.key),
                .blob(announcement.data), .integer(announcement.timeMilliseconds),
            ])
    }

    /// Has modules told of something that changes nothing else in `host.db`.
    func tell(_ announcement: Announcement) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try Self.announce(announcement, in: transaction)
        }
    }

    /// The oldest of a tenant; nil when there is none.
    func nextAnnouncement(tenant: String) throws(StoreError) -> Announcement? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var next: Announcement?
            try transaction.execute(
                """
                SELECT id, tenant, type, key, data, time FROM announcement WHERE tenant = $1 ORDER BY sequence LIMIT 1
                """, [.text(tenant)]
            ) { row in
                next = Announcement(row)
                return false
            }
            return next
        }
    }

    /// Tenants whose modules are still to be told something.
    func tenantsWithAnnouncements() throws(StoreError) -> [String] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var tenants: [String] = []
            try transaction.execute("SELECT DISTINCT tenant FROM announcement ORDER BY tenant") { row in
                tenants.append(row.string(0))
                return true
            }
            return tenants
        }
    }

    /// Everybody was told.
    func removeAnnouncement(id: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("DELETE FROM announcement WHERE id = $1", [.text(id)])
        }
    }
}
