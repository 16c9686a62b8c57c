import CGantry
import GantryCore
import GantryCryptography

/// A blob that a module writes, as its handle leads to it.
final class OpenBlobWriter: Sendable {
    static let table = HandleTable<OpenBlobWriter>(kind: 5)

    let port: any BlobWriterPort
    let instance: ModuleInstance

    init(port: any BlobWriterPort, instance: ModuleInstance) {
        self.port = port
        self.instance = instance
    }
}

/// A blob that a module reads, as its handle leads to it.
final class OpenBlobReader: Sendable {
    static let table = HandleTable<OpenBlobReader>(kind: 6)

    let port: any BlobReaderPort
    let instance: ModuleInstance

    init(port: any BlobReaderPort, instance: ModuleInstance) {
        self.port = port
        self.instance = instance
    }
}

/// `gantry.blobs`: the instance's own files. All functions may wait for the disk.
enum BlobsTable {
    typealias Call = UnsafePointer<gantry_call_v1>?
    typealias Failure = UnsafeMutablePointer<gantry_error_v1>?

    private static let maximumKeyBytes: UInt64 = 512
    private static let maximumTypeBytes: UInt64 = 256
    private static let maximumListed: UInt64 = 10_000

    static let put: @convention(c) (Call, gantry_str_v1, gantry_str_v1, gantry_str_v1, Failure) -> Int32 = {
        call, key, contentType, bytes, error in
        guard bytes.isSpan else { return ModuleStatus.invalid.rawValue }
        return run(call, "gantry.blobs.put", error) { _, blobs throws(PortOutcome) in
            let writer = try blobs.create(checked(key), contentType: checked(type: contentType))
            try writer.append(bytes.buffer)
            _ = try writer.commit()
            return .ok
        }
    }

    static let create:
        @convention(c) (Call, gantry_str_v1, gantry_str_v1, UnsafeMutablePointer<UInt64>?, Failure) -> Int32 = {
            call, key, contentType, outWriter, error in
            guard let outWriter else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.blobs.create", error) { call, blobs throws(PortOutcome) in
                let port = try blobs.create(checked(key), contentType: checked(type: contentType))
                let handle = OpenBlobWriter.table.insert(OpenBlobWriter(port: port, instance: call.instance))
                outWriter.pointee = handle
                call.resources.add { discard(handle) }
                return .ok
            }
        }

    static let append: @convention(c) (Call, UInt64, gantry_str_v1, Failure) -> Int32 = { call, handle, bytes, error in
        guard bytes.isSpan else { return ModuleStatus.invalid.rawValue }
        return run(call, "gantry.blobs.append", error) { call, _ throws(PortOutcome) in
            guard let writer = writer(handle, of: call) else { return .stale }
            do throws(PortOutcome) { try writer.append(bytes.buffer) } catch {
                discard(handle)
                throw error
            }
            return .ok
        }
    }

    static let commit: @convention(c) (Call, UInt64, gantry_blob_fn_v1?, UnsafeMutableRawPointer?, Failure) -> Int32 = {
        call, handle, onBlob, context, error in
        run(call, "gantry.blobs.commit", error) { call, _ throws(PortOutcome) in
            guard let writer = writer(handle, of: call) else { return .stale }
            OpenBlobWriter.table.release(handle)
            return tell(try writer.commit(), onBlob, context)
        }
    }

    static let discard: @convention(c) (Call, UInt64) -> Int32 = { call, handle in
        // What only ends something needs no right.
        ServiceCalls.run(call, \.blobs, waits: true) { call, _ in
            guard writer(handle, of: call) != nil else { return .stale }
            discard(handle)
            return .ok
        }
    }

    static let open:
        @convention(c) (
            Call, gantry_str_v1, UnsafeMutablePointer<UInt64>?, gantry_blob_fn_v1?, UnsafeMutableRawPointer?, Failure
        ) -> Int32 = { call, key, outReader, onBlob, context, error in
            run(call, "gantry.blobs.open", error) { call, blobs throws(PortOutcome) in
                guard let outReader else {
                    guard let found = try blobs.describe(checked(key)) else { return .end }
                    return tell(found, onBlob, context)
                }
                guard let port = try blobs.open(checked(key)) else { return .end }
                let handle = OpenBlobReader.table.insert(OpenBlobReader(port: port, instance: call.instance))
                outReader.pointee = handle
                call.resources.add { OpenBlobReader.table.release(handle) }
                return tell(port.description, onBlob, context)
            }
        }

    static let read:
        @convention(c) (
            Call, UInt64, UInt64, UnsafeMutablePointer<UInt8>?, UInt64, UnsafeMutablePointer<UInt64>?, Failure
        ) -> Int32 = { call, handle, offset, outBytes, capacity, outSize, error in
            guard let outBytes, let outSize, (1...UInt64(Int.max)).contains(capacity) else {
                return ModuleStatus.invalid.rawValue
            }
            return run(call, "gantry.blobs.read", error) { call, _ throws(PortOutcome) in
                guard let reader = reader(handle, of: call) else { return .stale }
                outSize.pointee = 0
                let room = UnsafeMutableRawBufferPointer(start: outBytes, count: Int(capacity))
                let count = try reader.read(at: Int64(clamping: offset), into: room)
                outSize.pointee = UInt64(count)
                return count == 0 ? .end : .ok
            }
        }

    static let close: @convention(c) (Call, UInt64) -> Int32 = { call, handle in
        ServiceCalls.run(call, \.blobs, waits: true) { call, _ in
            guard reader(handle, of: call) != nil else { return .stale }
            OpenBlobReader.table.release(handle)
            return .ok
        }
    }

    static let remove: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, key, error in
        run(call, "gantry.blobs.remove", error) { _, blobs throws(PortOutcome) in
            try blobs.remove(checked(key)) ? .ok : .end
        }
    }

    static let list:
        @convention(c) (
            Call, gantry_str_v1, gantry_str_v1, UInt64, gantry_blob_fn_v1?, UnsafeMutableRawPointer?, Failure
        ) -> Int32 = { call, prefix, after, limit, onBlob, context, error in
            guard let onBlob else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.blobs.list", error) { _, blobs throws(PortOutcome) in
                let found = try blobs.list(
                    prefix: ServiceCalls.text(prefix, atMost: maximumKeyBytes, "prefix"),
                    after: ServiceCalls.text(after, atMost: maximumKeyBytes, "after"),
                    limit: Int(min(limit, maximumListed)))
                for blob in found {
                    let status = tell(blob, onBlob, context)
                    if status == .end { return .ok }
                    if status != .ok { return status }
                }
                return .ok
            }
        }

    private static func run(
        _ call: Call, _ function: StaticString, _ error: Failure,
        _ body: (ModuleCall, any BlobPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(call, \.blobs, error, waits: true, needs: (.blobs, function), body)
    }

    private static func checked(_ key: gantry_str_v1) throws(PortOutcome) -> String {
        try ServiceCalls.text(key, atMost: maximumKeyBytes, "key")
    }

    private static func checked(type: gantry_str_v1) throws(PortOutcome) -> String {
        try ServiceCalls.text(type, atMost: maximumTypeBytes, "content_type")
    }

    private static func writer(_ handle: UInt64, of call: ModuleCall) -> (any BlobWriterPort)? {
        guard let open = OpenBlobWriter.table.resolve(handle), open.instance === call.instance else { return nil }
        return open.port
    }

    private static func reader(_ handle: UInt64, of call: ModuleCall) -> (any BlobReaderPort)? {
        guard let open = OpenBlobReader.table.resolve(handle), open.instance === call.instance else { return nil }
        return open.port
    }

    /// Forgets a writer, if it is not over.
    private static func discard(_ handle: UInt64) {
        guard let open = OpenBlobWriter.table.resolve(handle) else { return }
        OpenBlobWriter.table.release(handle)
        open.port.discard()
    }

    /// Lends a description to the module; what it answers.
    private static func tell(
        _ blob: BlobDescription, _ onBlob: gantry_blob_fn_v1?, _ context: UnsafeMutableRawPointer?
    ) -> ModuleStatus {
        guard let onBlob else { return .ok }
        var texts = LentTexts()
        let (key, contentType) = (texts.add(blob.key), texts.add(blob.contentType))
        return texts.lend { texts in
            var lent = gantry_blob_v1()
            lent.key = texts[key]
            lent.content_type = texts[contentType]
            lent.size = UInt64(clamping: blob.size)
            lent.created_milliseconds = blob.createdAtMilliseconds
            withUnsafeMutableBytes(of: &lent.sha256) { $0.copyBytes(from: blob.sha256.bytes) }
            return ModuleStatus(rawValue: onBlob(context, &lent))
        }
    }
}
