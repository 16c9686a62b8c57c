import GantryKitTesting

extension TestHost {
    /// The sample module with the tables that it uses.
    static func sample(_ setup: Setup = Setup()) throws -> TestHost {
        let host = try TestHost(SampleModule.self, setup)
        for sql in [
            "CREATE TABLE things (a, b, c, d, e, f, g, h)", "CREATE TABLE records (id, ratio, name, data, note, flag)",
            "CREATE TABLE single (id INTEGER UNIQUE)", "CREATE TABLE signings (id, author, attempt)",
        ] { try host.database.execute(sql) }
        host.nowMilliseconds = 1_767_225_600_000
        return host
    }

    /// The error that the last line of the log names.
    var loggedError: String? { logs.last?.fields["error"] }
}
