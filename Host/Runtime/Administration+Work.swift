import GantryCore
import GantryEvents
import GantryJSON
import GantryStore
import GantryThreads

/// One place where events and jobs lie: a tenant's module that has a database.
struct WorkPlace {
    let enablement: HostDirectory.Enablement
    /// Nil when there is no bundle of the module any more.
    let manifest: Manifest?

    var tenant: String { enablement.tenant }
    var module: String { enablement.module }
}

/// How far a list has been shown: the place that comes next, and from where on in it.
struct WorkCursor: Equatable {
    var tenant: String
    var module: String
    var sequence: Int64

    /// Reads `tenant/module/sequence`.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let sequence = Int64(parts[2]), sequence >= 0 else { return nil }
        self.init(tenant: String(parts[0]), module: String(parts[1]), sequence: sequence)
    }

    init(tenant: String, module: String, sequence: Int64) {
        self.tenant = tenant
        self.module = module
        self.sequence = sequence
    }

    var text: String { "\(tenant)/\(module)/\(sequence)" }
}

extension Administration {
    static let longestPage = 1000
    private static let usualPage = 100

    /// The places that the arguments `tenant` and `module` choose, in their order. Throws when one of them does not
    /// exist, or was never enabled there.
    func workPlaces(_ arguments: CommandArguments) throws -> [WorkPlace] {
        let tenant = try arguments.values["tenant"] == nil ? nil : self.tenant(arguments)
        let module = arguments.values["module"]
        let enablements = try directory.enablements(tenant: tenant?.id)
            .filter { module == nil || $0.module == module }
            .sorted { ($0.tenant, $0.module) < ($1.tenant, $1.module) }
        if let module, enablements.isEmpty {
            let place = tenant.map { "for `\($0.id)`" } ?? "for any tenant"
            throw AdministrationError(code: "not_found", message: "The module `\(module)` was never enabled \(place).")
        }
        let definitions = catalog.definitions
        return enablements.map { WorkPlace(enablement: $0, manifest: definitions[$0.module]?.manifest) }
    }

    /// The one place that the arguments `tenant` and `module` name.
    func workPlace(_ arguments: CommandArguments) throws -> WorkPlace {
        _ = try arguments.required("tenant")
        _ = try arguments.required("module")
        let places = try workPlaces(arguments)
        guard let place = places.first else { preconditionFailure("a module that is named is found or refused") }
        return place
    }

    /// Looks into the place's database: that of the running module, or the file itself; a file that does not exist is
    /// not made.
    func withDatabase<Result>(of place: WorkPlace, _ body: (Database) throws -> Result) throws -> Result {
        if let running = supervisor?.database(tenant: place.tenant, module: place.module) { return try body(running) }
        let database = try file(of: place)
        defer { database.close() }
        return try body(database)
    }

    /// Changes what waits in the place's database. Where a host serves the module it is started first: it is the one
    /// that may write, and it does what waits.
    func withWritableDatabase<Result>(of place: WorkPlace, _ body: (Database) throws -> Result) throws -> Result {
        let name = place.tenant
        guard let slot = supervisor?.state.withLock({ $0.tenants[name] })?.slot(place.module) else {
            return try withDatabase(of: place, body)
        }
        let result = slot.withInstance(until: .after(Self.patience)) { _ in
            Swift.Result { try withDatabase(of: place, body) }
        }
        guard let result else {
            throw AdministrationError(
                code: "unavailable",
                message: "`\(place.module)` of `\(place.tenant)` cannot be started"
                    + "\(slot.failure.map { ": \($0.message)" } ?? ".") Mend it, or stop the host and try again.")
        }
        return try result.get()
    }

    private static let patience = Duration.seconds(20)

    /// The database's file while no module has it open. What is left to do there is marked for the next start.
    private func file(of place: WorkPlace) throws -> Database {
        let path = folder.databasePath(tenant: place.tenant, module: place.module)
        let key = HostDirectory.Place(tenant: place.tenant, module: place.module)
        guard let record = try directory.databaseRecord(key) else { return Database(path: path, pool: pool) }
        let numbers = try supervisor?.resources.markNumbers ?? PendingMark.Numbers(after: directory.highestMark())
        let mark = PendingMark(directory: directory, place: key, numbers: numbers, record: record)
        return Database(path: path, pool: pool) { _ throws(StoreError) in try mark.ensure() }
    }

    /// The first result that a place has; throws when none has one. Tenants other than the named one are never looked
    /// at.
    func first<Result>(
        of arguments: CommandArguments, _ what: String, _ search: (Database, WorkPlace) throws -> Result?
    ) throws -> Result {
        let tenant = try arguments.required("tenant")
        for place in try workPlaces(arguments) {
            if let result = try withDatabase(of: place, { try search($0, place) }) { return result }
        }
        throw AdministrationError(code: "not_found", message: "The tenant `\(tenant)` has no \(what).")
    }

    /// A page of what all chosen places have, one place after the other.
    /// - Parameters:
    ///   - read: reads at most so many entries of a place, from a cursor's sequence on when it is not nil.
    ///   - sequence: where to go on after an entry.
    func page<Entry>(
        _ arguments: CommandArguments, read: (Database, Int64?, Int) throws -> [Entry],
        sequence: (Entry) -> Int64, write: (WorkPlace, Entry, inout JSONWriter) -> Void
    ) throws -> String {
        let limit = try Self.limit(arguments)
        let cursor = try Self.cursor(arguments)
        var entries: [(place: WorkPlace, entry: Entry)] = []
        for place in try workPlaces(arguments) where entries.count <= limit {
            if let cursor, (place.tenant, place.module) < (cursor.tenant, cursor.module) { continue }
            let isBegun = cursor.map { ($0.tenant, $0.module) == (place.tenant, place.module) } ?? false
            // One more than fits tells whether there are more.
            let count = limit + 1 - entries.count
            entries += try withDatabase(of: place) { database in
                try read(database, isBegun ? cursor?.sequence : nil, count)
            }.map { (place, $0) }
        }
        let shown = entries.prefix(limit)
        return Self.object { writer in
            writer.key("items")
            Self.array(Array(shown), into: &writer) { item, writer in
                writer.key("tenant")
                writer.string(item.place.tenant)
                writer.key("module")
                writer.string(item.place.module)
                write(item.place, item.entry, &writer)
            }
            writer.key("next")
            let last = entries.count > limit ? shown.last : nil
            writer.string(
                last.map {
                    WorkCursor(tenant: $0.place.tenant, module: $0.place.module, sequence: sequence($0.entry)).text
                })
        }
    }

    static func identifier(_ arguments: CommandArguments) throws -> UniqueIdentifier {
        let text = try arguments.required("id")
        guard let id = UniqueIdentifier(text) else {
            throw AdministrationError(
                code: "invalid", message: "`\(text)` is no id; ids look like 0190b2f4-6c1e-7a53-9d0a-3f5b8c2e4d71.")
        }
        return id
    }

    /// One of the words that an argument may be; nil without it.
    static func choice<Value>(
        _ name: String, _ arguments: CommandArguments, _ choices: [(word: String, value: Value)]
    ) throws -> Value? {
        guard let text = arguments.values[name] else { return nil }
        if let choice = choices.first(where: { $0.word == text }) { return choice.value }
        let words = choices.map(\.word).joined(separator: ", ")
        throw AdministrationError(code: "invalid", message: "`\(text)` is not one of: \(words).")
    }

    private static func limit(_ arguments: CommandArguments) throws -> Int {
        guard let text = arguments.values["limit"] else { return usualPage }
        guard let limit = Int(text), (1...longestPage).contains(limit) else {
            throw AdministrationError(code: "invalid", message: "A page has from 1 to \(longestPage) lines.")
        }
        return limit
    }

    private static func cursor(_ arguments: CommandArguments) throws -> WorkCursor? {
        guard let text = arguments.values["after"] else { return nil }
        guard let cursor = WorkCursor(text) else {
            throw AdministrationError(
                code: "invalid", message: "`\(text)` is no place to go on from; a list names it where it ends.")
        }
        return cursor
    }
}
