import CGantry

extension Transaction {
    /// Publishes an event that exists exactly when the transaction is committed.
    ///
    /// - Parameters:
    ///   - type: Stands under `events.publishes` of the manifest.
    ///   - key: Events with one key are delivered in the order of publication; an empty key orders nothing.
    ///   - data: Becomes a JSON object of at most 256 KiB.
    /// - Returns: The event's id, by which subscribers dedupe.
    @discardableResult
    public func publish(_ type: String, key: String = "", _ data: some Encodable) throws -> String {
        try publish(type, key: key, json: JSONCoding.encode(data))
    }

    /// Publishes an event whose data `write` writes as one JSON object; see the other form.
    @discardableResult
    public func publish(_ type: String, key: String = "", write: (inout JSONWriter) throws -> Void) throws -> String {
        var writer = JSONWriter()
        try write(&writer)
        return try publish(type, key: key, json: writer.bytes)
    }

    /// Queues a job that exists exactly when the transaction is committed.
    ///
    /// - Parameters:
    ///   - name: Stands under `jobs` of the manifest.
    ///   - key: Jobs of one name and key run one after the other; an empty key orders nothing.
    ///   - payload: Becomes a JSON object.
    ///   - notBeforeMilliseconds: Wall-clock time since 1970 before which the job is not run; nil for at once.
    public func enqueue(
        _ name: String, key: String = "", _ payload: some Encodable, notBeforeMilliseconds: Int64? = nil
    ) throws {
        try enqueue(name, key: key, json: JSONCoding.encode(payload), notBeforeMilliseconds)
    }

    /// Queues a job whose payload `write` writes as one JSON object; see the other form.
    public func enqueue(
        _ name: String, key: String = "", notBeforeMilliseconds: Int64? = nil,
        write: (inout JSONWriter) throws -> Void
    ) throws {
        var writer = JSONWriter()
        try write(&writer)
        try enqueue(name, key: key, json: writer.bytes, notBeforeMilliseconds)
    }

    private func publish(_ type: String, key: String, json: [UInt8]) throws(HostError) -> String {
        let events = try scope.tables.pointee.events.get()
        let scope = scope
        let handle = handle
        return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { (id) throws(HostError) -> String in
            id.initialize(repeating: 0)
            try HostError.checkRecord("gantry.events publish") { record in
                type.withText { type in
                    key.withText { key in
                        json.withUnsafeBufferPointer { json in
                            // Tables are checked to be complete when they are found.
                            events.pointee.publish.unsafelyUnwrapped(
                                scope.call, handle, type, key, gantry_str_v1(borrowing: json), id.baseAddress, record)
                        }
                    }
                }
            }
            return String(decoding: id, as: UTF8.self)
        }
    }

    private func enqueue(_ name: String, key: String, json: [UInt8], _ notBefore: Int64?) throws(HostError) {
        let jobs = try scope.tables.pointee.jobs.get()
        let scope = scope
        let handle = handle
        try HostError.checkRecord("gantry.jobs enqueue") { record in
            name.withText { name in
                key.withText { key in
                    json.withUnsafeBufferPointer { json in
                        // Tables are checked to be complete when they are found.
                        jobs.pointee.enqueue.unsafelyUnwrapped(
                            scope.call, handle, name, key, gantry_str_v1(borrowing: json), notBefore ?? 0, record)
                    }
                }
            }
        }
    }
}
