import CGantry

/// The API keys, the organization and the people of the tenant; needs the capability `directory`.
///
/// Who acts is the request's principal. Which callers may do what is for the routes in `module.yaml` to say; what must
/// hold at the moment of a change is checked by the host, which throws `HostError` with a `directoryRefusal`.
public struct Directory {
    let scope: CallScope

    /// An API key as it is listed. Times are milliseconds since 1970.
    public struct Key: Sendable {
        /// Its id, a UUID.
        public let id: String
        /// Its name for people.
        public let name: String
        /// What it is for; nil for none.
        public let description: String?
        /// When it was made.
        public let createdMilliseconds: Int64
        /// When it ends; nil for never.
        public let expiresMilliseconds: Int64?
        /// When it was used last, up to a minute behind; nil for never.
        public let usedMilliseconds: Int64?
        /// When it was revoked; nil as long as it was not.
        public let revokedMilliseconds: Int64?
    }

    /// What an organization says of itself; nil for what it does not say.
    public struct OrganizationFields: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its telephone number.
        public var phone: String?
        /// Its postal address.
        public var address: String?
        /// The kind of its tax number, in the module's own words.
        public var taxKind: String?
        /// Its tax number.
        public var taxNumber: String?

        /// The fields of an organization.
        public init(
            name: String, phone: String? = nil, address: String? = nil, taxKind: String? = nil,
            taxNumber: String? = nil
        ) {
            self.name = name
            self.phone = phone
            self.address = address
            self.taxKind = taxKind
            self.taxNumber = taxNumber
        }
    }

    /// The organization of a tenant. Times are milliseconds since 1970.
    public struct Organization: Sendable, Equatable {
        /// Its id.
        public let id: String
        /// The tenant.
        public let tenant: String
        /// What it says of itself.
        public let fields: OrganizationFields
        /// When it was made.
        public let createdMilliseconds: Int64
        /// When it was changed last; nil for never.
        public let updatedMilliseconds: Int64?
    }

    /// A person of the tenant.
    public struct Member: Sendable, Equatable {
        /// The user's id, as in `Principal.subject`.
        public let user: String
        /// The user's address; nil where no token of the user has told it.
        public let email: String?
        /// `user`, `admin` or `superadmin`.
        public let role: String
        /// Since when, in milliseconds since 1970.
        public let joinedMilliseconds: Int64
    }

    /// An invitation that is open. Times are milliseconds since 1970.
    public struct Invitation: Sendable, Equatable {
        /// Its id, a UUID.
        public let id: String
        /// Who is invited.
        public let email: String
        /// What the person will be: `user`, `admin` or `superadmin`.
        public let role: String
        /// Id of the user who invited; nil for the operator.
        public let invitedBy: String?
        /// When the invitation was made.
        public let invitedMilliseconds: Int64
        /// When it lapses.
        public let expiresMilliseconds: Int64
    }

    // MARK: keys

    /// Issues a key that acts as a `user`. Its text is in the answer and kept nowhere.
    /// - Parameters:
    ///   - lifetime: In whole seconds; nil for no end.
    ///   - limit: Good keys that the tenant may have, this one included; nil for any number. Holds also when several
    ///     are asked for at the same moment: `.keyLimit` is thrown.
    public func issueKey(
        name: String, description: String? = nil, lifetime: Duration? = nil, limit: Int? = nil
    ) throws(HostError) -> (key: Key, text: String) {
        let table = try scope.tables.pointee.directory.get()
        var arena = TextArena()
        let (name, description) = (arena.append(name), arena.append(description ?? ""))
        var issued: (Key, String)?
        try HostError.checkRecord("gantry.directory issue_key") { record in
            arena.withBytes { bytes in
                var order = gantry_key_order_v1(
                    name: name.text(in: bytes), description: description.text(in: bytes),
                    lifetime_seconds: lifetime?.components.seconds ?? 0, limit: UInt32(clamping: limit ?? 0),
                    reserved: 0)
                return LentTaker<gantry_key_v1>.lend { raw in
                    issued = (Key(raw.pointee), raw.pointee.text.string)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.issue_key.unsafelyUnwrapped(scope.call, &order, Lending.key, context, record)
                }
            }
        }
        guard let issued else { throw Self.nothing("issue_key") }
        return issued
    }

    /// All keys, those that have ended too, newest first.
    public func keys() throws(HostError) -> [Key] {
        let table = try scope.tables.pointee.directory.get()
        var keys: [Key] = []
        try HostError.checkRecord("gantry.directory keys") { record in
            LentTaker<gantry_key_v1>.lend { raw in
                keys.append(Key(raw.pointee))
                return Status.ok.rawValue
            } to: { context in
                table.pointee.keys.unsafelyUnwrapped(scope.call, Lending.key, context, record)
            }
        }
        return keys
    }

    /// Ends a key at once, and leaves one alone that has ended; false when the tenant has none of the id.
    @discardableResult
    public func revokeKey(_ id: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.directory.get()
        return try Self.finding("gantry.directory revoke_key") { record in
            id.withText { table.pointee.revoke_key.unsafelyUnwrapped(scope.call, $0, record) }
        }
    }

    // MARK: the organization

    /// The organization; nil when there is none, or the caller belongs to no tenant.
    public func organization() throws(HostError) -> Organization? {
        let table = try scope.tables.pointee.directory.get()
        var organization: Organization?
        try HostError.checkRecord("gantry.directory organization") { record in
            LentTaker<gantry_organization_v1>.lend { raw in
                organization = Organization(raw.pointee)
                return Status.ok.rawValue
            } to: { context in
                table.pointee.organization.unsafelyUnwrapped(scope.call, Lending.organization, context, record)
            }
        }
        return organization
    }

    /// Creates or replaces the organization. For a user who belongs to no tenant it makes one around it, with the user
    /// as its first admin: all of it or nothing. Of two such calls at one moment one throws `.belongs`.
    public func setOrganization(_ fields: OrganizationFields) throws(HostError) -> Organization {
        let table = try scope.tables.pointee.directory.get()
        var arena = TextArena()
        let slices = [fields.name, fields.phone, fields.address, fields.taxKind, fields.taxNumber]
            .map { arena.append($0 ?? "") }
        var organization: Organization?
        try HostError.checkRecord("gantry.directory set_organization") { record in
            arena.withBytes { bytes in
                let texts = slices.map { $0.text(in: bytes) }
                var order = gantry_organization_order_v1(
                    name: texts[0], phone: texts[1], address: texts[2], tax_kind: texts[3], tax_number: texts[4])
                return LentTaker<gantry_organization_v1>.lend { raw in
                    organization = Organization(raw.pointee)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.set_organization.unsafelyUnwrapped(
                        scope.call, &order, Lending.organization, context, record)
                }
            }
        }
        guard let organization else { throw Self.nothing("set_organization") }
        return organization
    }

    // MARK: people

    /// All members in the order of joining.
    public func members() throws(HostError) -> [Member] {
        let table = try scope.tables.pointee.directory.get()
        var members: [Member] = []
        try HostError.checkRecord("gantry.directory members") { record in
            LentTaker<gantry_member_v1>.lend { raw in
                members.append(Member(raw.pointee))
                return Status.ok.rawValue
            } to: { context in
                table.pointee.members.unsafelyUnwrapped(scope.call, Lending.member, context, record)
            }
        }
        return members
    }

    /// One member; nil when the user is none, or not any more.
    public func member(_ user: String) throws(HostError) -> Member? {
        let table = try scope.tables.pointee.directory.get()
        var member: Member?
        try HostError.checkRecord("gantry.directory member") { record in
            user.withText { user in
                LentTaker<gantry_member_v1>.lend { raw in
                    member = Member(raw.pointee)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.member.unsafelyUnwrapped(scope.call, user, Lending.member, context, record)
                }
            }
        }
        return member
    }

    /// Removes a member: whatever tokens the person holds stand for no tenant from then on. False when the user is no
    /// member; throws `.oneself`, `.lastAdmin` or `.role` where a rule forbids it.
    public func removeMember(_ user: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.directory.get()
        return try Self.finding("gantry.directory remove_member") { record in
            user.withText { table.pointee.remove_member.unsafelyUnwrapped(scope.call, $0, record) }
        }
    }

    static func nothing(_ function: String) -> HostError {
        HostError(.failed, message: "gantry.directory \(function) brought nothing")
    }

    /// Calls a function that answers GANTRY_END where there is nothing of the name.
    static func finding(
        _ name: StaticString, _ body: (UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> Bool {
        var isFound = true
        try HostError.checkRecord(name) { record in
            let status = body(record)
            isFound = status != Status.end.rawValue
            return status
        }
        return isFound
    }
}
