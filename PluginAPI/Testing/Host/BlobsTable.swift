import CGantry
import GantryKit

/// `gantry.blobs`: files in memory.
enum BlobsTable {
    static let table = gantry_blobs_v1(
        put: { call, key, type, bytes, _ in
            with(call, "put", key) { host, _ in
                host.store(key.copy, type.copy, bytes.copiedBytes)
                return .ok
            }
        },
        create: { call, key, type, outWriter, _ in
            with(call, "create", key) { host, call in
                guard let outWriter else { return .invalid }
                host.state.withLock { state in
                    outWriter.pointee = state.next()
                    call.blobWriters[outWriter.pointee] = BlobDraft(key: key.copy, contentType: type.copy)
                }
                return .ok
            }
        },
        append: { call, writer, bytes, _ in
            with(call, "append") { host, call in
                host.state.withLock { _ in
                    guard call.blobWriters[writer] != nil else { return .stale }
                    call.blobWriters[writer]?.bytes += bytes.copiedBytes
                    return .ok
                }
            }
        },
        commit: { call, writer, onBlob, context, _ in
            with(call, "commit") { host, call in
                guard let draft = host.state.withLock({ _ in call.blobWriters.removeValue(forKey: writer) }) else {
                    return .stale
                }
                let blob = host.store(draft.key, draft.contentType, draft.bytes)
                return tell(draft.key, blob, onBlob, context)
            }
        },
        discard: { call, writer in
            with(call, "discard") { host, call in
                host.state.withLock { _ in call.blobWriters.removeValue(forKey: writer) == nil ? .stale : .ok }
            }
        },
        open: { call, key, outReader, onBlob, context, _ in
            with(call, "open", key) { host, call in
                let key = key.copy
                guard let blob = host.state.withLock({ $0.blobs[key] }) else { return .end }
                if let outReader {
                    host.state.withLock { state in
                        outReader.pointee = state.next()
                        call.blobReaders[outReader.pointee] = blob
                    }
                }
                return tell(key, blob, onBlob, context)
            }
        },
        read: { call, reader, offset, out, capacity, outSize, _ in
            with(call, "read") { host, call in
                guard let out, let outSize else { return .invalid }
                guard let blob = host.state.withLock({ _ in call.blobReaders[reader] }) else { return .stale }
                guard offset < UInt64(blob.bytes.count) else { return .end }
                let piece = blob.bytes.dropFirst(Int(offset)).prefix(Int(clamping: capacity))
                for (index, byte) in piece.enumerated() { out[index] = byte }
                outSize.pointee = UInt64(piece.count)
                return .ok
            }
        },
        close: { call, reader in
            with(call, "close") { host, call in
                host.state.withLock { _ in call.blobReaders.removeValue(forKey: reader) == nil ? .stale : .ok }
            }
        },
        remove: { call, key, _ in
            with(call, "remove", key) { host, _ in
                host.state.withLock { $0.blobs.removeValue(forKey: key.copy) == nil ? .end : .ok }
            }
        },
        list: { call, prefix, after, limit, onBlob, context, _ in
            with(call, "list") { host, _ in
                let (prefix, after) = (prefix.copiedBytes, after.copiedBytes)
                let found = host.state.withLock { $0.blobs }.filter { key, _ in
                    key.utf8.starts(with: prefix) && after.lexicographicallyPrecedes(key.utf8)
                }
                let sorted = found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                for (key, blob) in sorted.prefix(Int(clamping: limit)) {
                    let status = tell(key, blob, onBlob, context)
                    if status == .end { return .ok }
                    guard status == .ok else { return status }
                }
                return .ok
            }
        })

    private static func with(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, _ key: gantry_str_v1? = nil,
        _ body: (TestHost, TestCall) -> Status
    ) -> Int32 {
        TestHost.with(call, "gantry.blobs \(function)", waits: true) { host, call in
            if let key {
                let bytes = key.copiedBytes
                guard (1...512).contains(bytes.count), bytes.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
                    return .invalid
                }
            }
            return body(host, call)
        }
    }

    private static func tell(
        _ key: String, _ blob: StoredBlob, _ onBlob: gantry_blob_fn_v1?, _ context: UnsafeMutableRawPointer?
    ) -> Status {
        let memory = LentMemory()
        var raw = gantry_blob_v1()
        raw.key = memory.text(key)
        raw.content_type = memory.text(blob.contentType)
        raw.size = UInt64(blob.bytes.count)
        raw.created_milliseconds = blob.createdMilliseconds
        let digest = SHA256.digest(blob.bytes)
        withUnsafeMutableBytes(of: &raw.sha256) { $0.copyBytes(from: digest) }
        return Status(rawValue: onBlob?(context, &raw) ?? Status.ok.rawValue)
    }
}

extension TestHost {
    @discardableResult
    func store(_ key: String, _ contentType: String, _ bytes: [UInt8]) -> StoredBlob {
        let blob = StoredBlob(
            contentType: contentType, bytes: bytes, createdMilliseconds: threads.wallMilliseconds)
        state.withLock { $0.blobs[key] = blob }
        return blob
    }
}
