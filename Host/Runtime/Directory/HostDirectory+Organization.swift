import GantryCryptography
import GantryIdentity
import GantryLoader
import GantryStore

extension HostDirectory {
    static let organizationSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS organization (tenant TEXT PRIMARY KEY REFERENCES tenant (id),
          id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, phone TEXT NOT NULL, address TEXT NOT NULL,
          tax_kind TEXT NOT NULL, tax_number TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)
        """
    ]

    /// A tenant that is to be made for a user, whole.
    struct Provision: Sendable {
        var tenant: String
        var modules: [Enablement]
        var organization: OrganizationRecord
        var admin: StoredMember
        var announcements: [Announcement]
    }

    /// The organization of a tenant; nil when there is none.
    func organization(tenant: String) throws(StoreError) -> OrganizationRecord? {
        try database.read(as: .host) { transaction throws(StoreError) in
            try Self.organization(tenant: tenant, in: transaction)
        }
    }

    /// Creates or replaces the organization of a tenant. What is told of it depends on what it was; nothing is when it
    /// stays as it is.
    func setOrganization(
        _ fields: OrganizationFields, tenant: String, atMilliseconds time: Int64,
        announcing announcement: (OrganizationRecord, _ isNew: Bool) -> Announcement
    ) throws(StoreError) -> OrganizationRecord {
        try audit.change { transaction throws(StoreError) in
            guard var record = try Self.organization(tenant: tenant, in: transaction) else {
                let record = Self.newOrganization(fields, tenant: tenant, atMilliseconds: time)
                try Self.insert(record, in: transaction)
                try Self.announce(announcement(record, true), in: transaction)
                return record
            }
            if record.fields == fields { return record }
            record.fields = fields
            record.updatedAtMilliseconds = time
            try transaction.execute(
                """
                UPDATE organization SET name = $2, phone = $3, address = $4, tax_kind = $5, tax_number = $6,
                  updated_at = $7 WHERE tenant = $1
                """, [.text(tenant)] + Self.values(fields) + [.integer(time)])
            try Self.announce(announcement(record, false), in: transaction)
            return record
        }
    }

    /// Makes a tenant with all that belongs to it, unless the user has got a place in one meanwhile: all or nothing.
    /// - Returns: Whether it was made.
    func provision(_ provision: Provision, atMilliseconds time: Int64) throws(StoreError) -> Bool {
        try audit.change(telling: { isNew, act in
            act.tenant = provision.tenant
            act.target = provision.tenant
            return isNew
        }) { transaction throws(StoreError) in
            if try Self.hasPlace(provision.admin, in: transaction) { return false }
            guard
                try Self.insertTenant(
                    id: provision.tenant, name: provision.organization.fields.name, atMilliseconds: time,
                    in: transaction)
            else { throw StoreError(.conflict, "The id of a new tenant is taken.") }
            for module in provision.modules { try Self.save(module, in: transaction) }
            try Self.insert(provision.organization, in: transaction)
            try Self.give(provision.admin, in: transaction)
            for announcement in provision.announcements { try Self.announce(announcement, in: transaction) }
            return true
        }
    }

    /// An organization that has not been stored.
    static func newOrganization(
        _ fields: OrganizationFields, tenant: String, atMilliseconds time: Int64
    ) -> OrganizationRecord {
        OrganizationRecord(
            id: "org_" + Hexadecimal.text(Cryptography.randomBytes(12)), tenant: tenant, fields: fields,
            createdAtMilliseconds: time, updatedAtMilliseconds: 0)
    }

    private static func organization(
        tenant: String, in transaction: Transaction
    ) throws(StoreError) -> OrganizationRecord? {
        var record: OrganizationRecord?
        try transaction.execute(
            """
            SELECT id, name, phone, address, tax_kind, tax_number, created_at, updated_at FROM organization
            WHERE tenant = $1
            """, [.text(tenant)]
        ) { row in
            record = OrganizationRecord(
                id: row.string(0), tenant: tenant,
                fields: OrganizationFields(
                    name: row.string(1), phone: row.string(2), address: row.string(3), taxKind: row.string(4),
                    taxNumber: row.string(5)),
                createdAtMilliseconds: row.integer(6), updatedAtMilliseconds: row.integer(7))
            return false
        }
        return record
    }

    private static func insert(_ record: OrganizationRecord, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO organization (tenant, name, phone, address, tax_kind, tax_number, id, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [.text(record.tenant)] + values(record.fields) + [
                .text(record.id), .integer(record.createdAtMilliseconds), .integer(record.updatedAtMilliseconds),
            ])
    }

    private static func values(_ fields: OrganizationFields) -> [SQLArgument] {
        [
            .text(fields.name), .text(fields.phone), .text(fields.address), .text(fields.taxKind),
            .text(fields.taxNumber),
        ]
    }
}
