import CGantry

/// The instance's own files. One appears whole and durable or not at all.
///
/// A key has 1 to 512 bytes; `/` has no meaning but for whoever lists by prefix.
public struct Blobs {
    let scope: CallScope

    /// What is known of a blob.
    public struct Information: Hashable, Sendable {
        /// Its key.
        public let key: String
        /// The type of its content, as it was stored.
        public let contentType: String
        /// Its size in bytes.
        public let size: Int
        /// When it was stored, in milliseconds since 1970.
        public let createdMilliseconds: Int64
        /// The SHA-256 of its content, 32 bytes.
        public let sha256: [UInt8]

        init(_ raw: UnsafePointer<gantry_blob_v1>) {
            key = raw.pointee.key.string
            contentType = raw.pointee.content_type.string
            size = Int(clamping: raw.pointee.size)
            createdMilliseconds = raw.pointee.created_milliseconds
            sha256 = withUnsafeBytes(of: raw.pointee.sha256) { Array($0) }
        }
    }

    /// Stores a blob, also over one of the same key; durable when this returns.
    public func put(_ key: String, contentType: String, _ bytes: [UInt8]) throws(HostError) {
        let table = try scope.tables.pointee.blobs.get()
        try HostError.checkRecord("gantry.blobs put") { record in
            key.withText { key in
                contentType.withText { type in
                    bytes.withUnsafeBufferPointer { bytes in
                        table.pointee.put.unsafelyUnwrapped(
                            scope.call, key, type, gantry_str_v1(borrowing: bytes), record)
                    }
                }
            }
        }
    }

    /// Stores a blob that `write` writes piece by piece; what it throws leaves everything as it was.
    @discardableResult
    public func write(
        _ key: String, contentType: String, _ write: (borrowing BlobWriter) throws -> Void
    ) throws -> Information {
        let table = try scope.tables.pointee.blobs.get()
        var handle: UInt64 = 0
        try HostError.checkRecord("gantry.blobs create") { record in
            key.withText { key in
                contentType.withText { table.pointee.create.unsafelyUnwrapped(scope.call, key, $0, &handle, record) }
            }
        }
        do {
            try write(BlobWriter(scope: scope, table: table, handle: handle))
        } catch {
            // The writer is discarded with the call at the latest; what kept it from being written matters more.
            _ = table.pointee.discard.unsafelyUnwrapped(scope.call, handle)
            throw error
        }
        let stored = try Self.information("gantry.blobs commit") { context, record in
            table.pointee.commit.unsafelyUnwrapped(
                scope.call, handle, Lending.blob, context, record)
        }
        guard let stored else { throw HostError(.failed, message: "gantry.blobs told nothing of what was stored") }
        return stored
    }

    /// The whole content under `key`; nil when there is none.
    public func bytes(_ key: String) throws -> [UInt8]? {
        try read(key) { blob in
            var bytes: [UInt8] = []
            // Not all that the host may say, before any of it is there.
            bytes.reserveCapacity(min(blob.information.size, 1 << 24))
            while let piece = try blob.read(from: bytes.count) { bytes += piece }
            return bytes
        }
    }

    /// Opens the blob under `key` for `body`, and returns what it returns; nil when there is none.
    public func read<Result>(_ key: String, _ body: (borrowing BlobReader) throws -> Result) throws -> Result? {
        let table = try scope.tables.pointee.blobs.get()
        var handle: UInt64 = 0
        let information = try key.withText { key in
            try Self.information("gantry.blobs open") { context, record in
                table.pointee.open.unsafelyUnwrapped(
                    scope.call, key, &handle, Lending.blob, context, record)
            }
        }
        guard let information else { return nil }
        // The reader is closed with the call at the latest.
        defer { _ = table.pointee.close.unsafelyUnwrapped(scope.call, handle) }
        return try body(BlobReader(scope: scope, table: table, handle: handle, information: information))
    }

    /// What is known of the blob under `key`; nil when there is none.
    public func information(_ key: String) throws(HostError) -> Information? {
        let table = try scope.tables.pointee.blobs.get()
        return try Self.information("gantry.blobs open") { context, record in
            key.withText {
                table.pointee.open.unsafelyUnwrapped(
                    scope.call, $0, nil, Lending.blob, context, record)
            }
        }
    }

    /// Removes the blob under `key`; false when there is none. Durable when this returns.
    @discardableResult
    public func remove(_ key: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.blobs.get()
        var isFound = true
        try HostError.checkRecord("gantry.blobs remove") { record in
            let status = key.withText { table.pointee.remove.unsafelyUnwrapped(scope.call, $0, record) }
            isFound = status != Status.end.rawValue
            return status
        }
        return isFound
    }

    /// At most `limit` blobs whose keys begin with `prefix` and sort behind `after`, in the order of bytes.
    public func list(prefix: String = "", after: String = "", limit: Int = 100) throws(HostError) -> [Information] {
        let table = try scope.tables.pointee.blobs.get()
        var found: [Information] = []
        try HostError.checkRecord("gantry.blobs list") { record in
            prefix.withText { prefix in
                after.withText { after in
                    LentTaker<gantry_blob_v1>.lend { raw in
                        found.append(Information(raw))
                        return Status.ok.rawValue
                    } to: { context in
                        table.pointee.list.unsafelyUnwrapped(
                            scope.call, prefix, after, UInt64(max(0, limit)), Lending.blob,
                            context, record)
                    }
                }
            }
        }
        return found
    }

    private static func information(
        _ name: StaticString,
        _ function: (UnsafeMutableRawPointer, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> Information? {
        var information: Information?
        try HostError.checkRecord(name) { record in
            LentTaker<gantry_blob_v1>.lend { raw in
                information = Information(raw)
                return Status.ok.rawValue
            } to: { context in
                function(context, record)
            }
        }
        return information
    }
}

/// A blob that is being written. It cannot be kept beyond the closure that received it.
public struct BlobWriter: ~Copyable {
    let scope: CallScope
    let table: UnsafePointer<gantry_blobs_v1>
    let handle: UInt64

    /// Adds bytes to the end.
    public func append(_ bytes: [UInt8]) throws(HostError) {
        let (scope, table, handle) = (scope, table, handle)
        try HostError.checkRecord("gantry.blobs append") { record in
            bytes.withUnsafeBufferPointer { bytes in
                table.pointee.append.unsafelyUnwrapped(scope.call, handle, gantry_str_v1(borrowing: bytes), record)
            }
        }
    }
}

/// A blob that is open for reading. It cannot be kept beyond the closure that received it.
public struct BlobReader: ~Copyable {
    let scope: CallScope
    let table: UnsafePointer<gantry_blobs_v1>
    let handle: UInt64
    /// What is known of the blob.
    public let information: Blobs.Information

    /// At most `limit` bytes from `offset`; nil behind the last one.
    public func read(from offset: Int, limit: Int = 65536) throws(HostError) -> [UInt8]? {
        let (scope, table, handle) = (scope, table, handle)
        var size: UInt64 = 0
        var isOver = false
        var failure: HostError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { room, count in
            do throws(HostError) {
                try HostError.checkRecord("gantry.blobs read") { record in
                    let status = table.pointee.read.unsafelyUnwrapped(
                        scope.call, handle, UInt64(max(0, offset)), room.baseAddress, UInt64(room.count), &size, record)
                    isOver = status == Status.end.rawValue
                    return status
                }
                count = isOver ? 0 : min(Int(clamping: size), room.count)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return isOver ? nil : bytes
    }
}
