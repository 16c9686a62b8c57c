import CSQLite

extension Connection {
    /// Runs one statement. Parameters are borrowed, not copied.
    /// - Returns: how many rows were inserted, updated or deleted.
    func execute(
        _ text: UnsafeRawBufferPointer,
        privilege: Privilege,
        parameters: UnsafeBufferPointer<SQLValue>,
        onRow: (borrowing Row) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int {
        // Statements of a body that goes on after this would each commit by themselves.
        guard isInTransaction else { throw StoreError(.failed, "the transaction was ended by a failure before") }
        let outer = guardian.privilege
        guardian.privilege = privilege
        defer { guardian.privilege = outer }
        let statement = try statement(for: text, privilege: privilege)
        statement.isInUse = true
        defer {
            sqlite3_reset(statement.handle)
            if statement.parameterCount > 0 { sqlite3_clear_bindings(statement.handle) }
            statement.isInUse = false
        }
        try bind(parameters, to: statement)
        while true {
            let status = sqlite3_step(statement.handle)
            if status == SQLITE_ROW {
                guard try onRow(Row(statement: statement.handle)) else { break }
                // The row's reader may have run statements of another privilege.
                guardian.privilege = privilege
            } else if status == SQLITE_DONE {
                break
            } else {
                throw failure(status, "the statement failed")
            }
        }
        return statement.countsChanges ? Int(sqlite3_changes64(handle)) : 0
    }

    /// Runs all statements of a script, none of which has parameters.
    /// - Parameters:
    ///   - text: ends with the one NUL in it: then SQLite reads it in place, instead of copying for each statement all
    ///     that follows.
    ///   - offset: where in the text the statement stands that was run last, or what of it SQLite did not understand.
    func executeScript(
        _ text: UnsafeRawBufferPointer, privilege: Privilege, offset: inout Int
    ) throws(StoreError) {
        let outer = guardian.privilege
        guardian.privilege = privilege
        defer { guardian.privilege = outer }
        guard text.firstIndex(of: 0) == text.count - 1 else {
            throw StoreError(.misuse, "a script is text without NUL")
        }
        var rest = text
        while rest.count > 1 {
            guard isInTransaction else { throw StoreError(.failed, "the transaction was ended by a failure before") }
            let begin = text.count - rest.count
            var tokenizer = SQLTokenizer(text: UnsafeRawBufferPointer(rebasing: rest.dropLast()))
            offset = begin + (tokenizer.next()?.range.lowerBound ?? 0)
            let prepared: PreparedStatement?
            let tail: Int
            do throws(StoreError) {
                (prepared, tail) = try prepare(rest, privilege: privilege, isPersistent: false)
            } catch {
                let errorOffset = Int(sqlite3_error_offset(handle))
                if error.code == .syntax, errorOffset >= 0 { offset = begin + errorOffset }
                throw error
            }
            if let prepared {
                guard prepared.parameterCount == 0 else { throw StoreError(.misuse, "a script has no parameters") }
                var status = SQLITE_ROW
                while status == SQLITE_ROW { status = sqlite3_step(prepared.handle) }
                if status != SQLITE_DONE { throw failure(status, "the statement failed") }
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[tail...])
        }
    }

    private func statement(
        for text: UnsafeRawBufferPointer,
        privilege: Privilege
    ) throws(StoreError) -> PreparedStatement {
        // What a migration compiles runs once.
        if privilege == .migration { return try single(text, privilege: privilege, isPersistent: false) }
        let hash = StatementCache.hash(text)
        let found = privilege == .host ? hostStatements.find(text, hash: hash) : moduleStatements.find(text, hash: hash)
        if let found { return found }
        let statement = try single(text, privilege: privilege, isPersistent: true)
        if privilege == .host {
            hostStatements.insert(statement, hash: hash)
        } else {
            moduleStatements.insert(statement, hash: hash)
        }
        return statement
    }

    private func single(
        _ text: UnsafeRawBufferPointer,
        privilege: Privilege,
        isPersistent: Bool
    ) throws(StoreError) -> PreparedStatement {
        let (prepared, tail) = try prepare(text, privilege: privilege, isPersistent: isPersistent)
        guard let prepared else { throw StoreError(.misuse, "there is no statement") }
        let rest = UnsafeRawBufferPointer(rebasing: text[tail...])
        guard StatementInspector.inspect(rest, privilege: .host).isEmpty else {
            throw StoreError(.misuse, "one statement at a time")
        }
        return prepared
    }

    /// Compiles the first statement of a text.
    /// - Returns: the statement, nil when there is only space and comments, and where the next one begins.
    private func prepare(
        _ text: UnsafeRawBufferPointer,
        privilege: Privilege,
        isPersistent: Bool
    ) throws(StoreError) -> (statement: PreparedStatement?, tail: Int) {
        guard text.count <= Int(Int32.max) else { throw StoreError(.misuse, "the statement is too long") }
        guard let start = text.baseAddress?.assumingMemoryBound(to: CChar.self) else { return (nil, 0) }
        var compiled: OpaquePointer?
        var end: UnsafePointer<CChar>?
        guardian.refusal = nil
        let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let status = sqlite3_prepare_v3(handle, start, Int32(text.count), flags, &compiled, &end)
        guard status == SQLITE_OK else {
            // Inside virtual tables and functions a refusal comes back as a plain error.
            if let reason = guardian.refusal { throw StoreError(.denied, reason, extendedCode: status) }
            let error = failure(status, "the statement was refused")
            // What SQLite has no finer code for is, while it compiles, about the statement's text.
            guard error.code == .failed else { throw error }
            throw StoreError(.syntax, error.message, extendedCode: status)
        }
        let tail = end.map { $0 - start } ?? text.count
        guard let compiled else { return (nil, tail) }
        let finding = StatementInspector.inspect(UnsafeRawBufferPointer(rebasing: text[..<tail]), privilege: privilege)
        if let refusal = finding.refusal {
            sqlite3_finalize(compiled)
            throw StoreError(.denied, refusal)
        }
        let statement = try PreparedStatement(
            handle: compiled,
            text: isPersistent ? text : UnsafeRawBufferPointer(start: nil, count: 0),
            isSchemaChange: finding.isSchemaChange
        )
        return (statement, tail)
    }

    private func failure(_ status: Int32, _ work: String) -> StoreError {
        if status & 0xFF == SQLITE_AUTH, let reason = guardian.refusal {
            return StoreError(.denied, reason, extendedCode: status)
        }
        if status & 0xFF == SQLITE_INTERRUPT {
            return StoreError(.cancelled, "the deadline passed", extendedCode: status)
        }
        if status & 0xFF == SQLITE_READONLY, guardian.isReader {
            return StoreError(.denied, "a reading transaction changes nothing", extendedCode: status)
        }
        return StoreError(sqlite: status, on: handle, doing: work)
    }

    private func bind(
        _ parameters: UnsafeBufferPointer<SQLValue>,
        to statement: PreparedStatement
    ) throws(StoreError) {
        guard parameters.count == statement.parameterCount else {
            throw StoreError(
                .misuse,
                "the statement has \(statement.parameterCount) parameters, \(parameters.count) were given"
            )
        }
        for (index, position) in statement.parameterPositions.enumerated() {
            let status = Self.bind(parameters[Int(position)], to: statement.handle, at: Int32(index) + 1)
            guard status == SQLITE_OK else {
                throw StoreError(sqlite: status, on: handle, doing: "cannot bind $\(position + 1)")
            }
        }
    }

    private static func bind(_ value: SQLValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .text(let bytes):
            gantry_sqlite_bind_text(statement, index, bytes.baseAddress ?? emptyBytes, UInt64(bytes.count))
        case .blob(let bytes):
            gantry_sqlite_bind_blob(statement, index, bytes.baseAddress ?? emptyBytes, UInt64(bytes.count))
        }
    }

    /// SQLite takes a null pointer for NULL, so that empty text needs an address.
    private static var emptyBytes: UnsafeRawPointer {
        let empty: StaticString = ""
        return UnsafeRawPointer(empty.utf8Start)
    }
}
