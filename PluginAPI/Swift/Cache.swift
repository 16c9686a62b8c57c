import CGantry

/// Values that may vanish at any time; each instance has keys of its own. Nothing waits, so `inline` routes may use it.
///
/// A key has 1 to 512 bytes.
public struct Cache {
    let scope: CallScope

    /// The bytes under `key`; nil when there are none.
    public func bytes(_ key: String) throws(HostError) -> [UInt8]? {
        let table = try scope.tables.pointee.cache.get()
        return try LentBytes.copy("gantry.cache get") { take, context in
            key.withText { table.pointee.get.unsafelyUnwrapped(scope.call, $0, take, context) }
        }
    }

    /// The text under `key`; nil when there is none.
    public func string(_ key: String) throws(HostError) -> String? {
        try bytes(key).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The JSON under `key` as a value of `type`; nil when there is none.
    public func value<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let bytes = try bytes(key) else { return nil }
        return try JSONDocument(bytes).withRoot { try JSONCoding.decode(type, from: $0) }
    }

    /// Keeps bytes for at most `lifetime`; nil for as long as there is room.
    public func set(_ key: String, bytes: [UInt8], lifetime: Duration? = nil) throws(HostError) {
        let table = try scope.tables.pointee.cache.get()
        let status = key.withText { key in
            bytes.withUnsafeBufferPointer { bytes in
                table.pointee.set.unsafelyUnwrapped(
                    scope.call, key, gantry_str_v1(borrowing: bytes), lifetime?.wholeMilliseconds ?? 0)
            }
        }
        try HostError.check(status, "gantry.cache set")
    }

    /// Keeps text.
    public func set(_ key: String, _ text: String, lifetime: Duration? = nil) throws(HostError) {
        try set(key, bytes: Array(text.utf8), lifetime: lifetime)
    }

    /// Keeps the JSON of `value`.
    public func set(_ key: String, json value: some Encodable, lifetime: Duration? = nil) throws {
        try set(key, bytes: JSONCoding.encode(value), lifetime: lifetime)
    }

    /// Forgets what is under `key`; false when there was nothing.
    @discardableResult
    public func remove(_ key: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.cache.get()
        let status = key.withText { table.pointee.remove.unsafelyUnwrapped(scope.call, $0) }
        try HostError.check(status, "gantry.cache remove")
        return status != Status.end.rawValue
    }

    /// Adds to the counter under `key` in one step and returns its new value. One that does not exist begins at 0 and
    /// gets the lifetime.
    @discardableResult
    public func add(_ key: String, _ amount: Int64 = 1, lifetime: Duration? = nil) throws(HostError) -> Int64 {
        let table = try scope.tables.pointee.cache.get()
        var value: Int64 = 0
        let status = key.withText {
            table.pointee.add.unsafelyUnwrapped(scope.call, $0, amount, lifetime?.wholeMilliseconds ?? 0, &value)
        }
        try HostError.check(status, "gantry.cache add")
        return value
    }
}

extension Duration {
    /// Milliseconds, rounded up, so that a short time does not become none at all.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    /// Nanoseconds, rounded down; as many as fit.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product.addingReportingOverflow(attoseconds / 1_000_000_000).0
    }
}
