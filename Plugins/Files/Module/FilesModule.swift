public import GantryKit
import PlatformParts

/// The files module: what a person announces, sends, finds, fetches and removes. The bytes go past it.
public struct FilesModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("files", version: "1.0.0")

    /// All operations, what is done behind their backs, and what becomes of the files of people who are gone.
    public static let handlers: [Handler<Self>] = [
        .operation("createUploadUrl") { module, request in try module.announce(request) },
        .check("createUploadUrl") { module, request, report in UploadOrder.check(request.body, module.settings, report)
        },
        .operation("confirmUpload") { module, request in try module.confirm(request) },
        .operation("listFiles") { _, request in try FileListing.answer(request) },
        .operation("getDownloadUrl") { module, request in try module.download(request) },
        .operation("deleteFile") { module, request in try module.delete(request) },
        .subscription("userDeleted") { module, event, context in try module.removeAll(event, context) },
        .job("erase") { _, job, context in try Removal.erase(job, context) },
        .job("sweep") { _, _, context in try Removal.sweep(context) },
    ]

    /// Stamps what this instance writes; all else is kept in the database.
    private let clock = WriteClock()
    private let settings: FileSettings

    /// Makes the instance for one tenant.
    public init(_ context: ModuleContext) throws {
        settings = try FileSettings(context.configuration)
    }

    private func announce(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let order = UploadOrder(request.body)
        guard order.size <= settings.maximumBytes else { throw order.tooLarge(settings) }
        let now = clock.creation(nowMilliseconds: try request.clock.milliseconds())
        let file = StoredFile(
            id: try FileID.make(request.random), ownerID: owner, filename: order.filename,
            contentType: order.contentType, size: order.size, createdMilliseconds: now, uploadedMilliseconds: nil)
        let address = try storage { () throws(HostError) in
            try request.transfers.announce(
                Transfers.Announcement(
                    name: file.id, key: file.key, contentType: file.contentType, filename: file.filename,
                    size: file.size, keepSeconds: StoredFile.openSeconds),
                seconds: settings.urlSeconds)
        }
        // Should this fail, the host drops what nobody ever hears of.
        try request.database.write { tx in try FileTable.insert(file, tx) }
        return .json { writer in
            writer.beginObject()
            writer.key("upload_url")
            writer.string(address)
            writer.key("file_id")
            writer.string(file.id)
            writer.key("key")
            writer.string(file.key)
            writer.key("expires_in")
            writer.int(settings.urlSeconds)
            writer.endObject()
        }
    }

    private func confirm(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let id = request.body["file_id"]?.string ?? ""
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        let view = FileView(request.apiVersion)
        let found = try request.database.read { tx in try FileTable.find(id, of: owner, nowMilliseconds: now, tx) }
        guard let found else { throw Failure.missing("File", id) }
        if found.isUploaded { return view.answer(found) }
        let completion = try storage { () throws(HostError) in try request.transfers.complete(id) }
        switch completion {
        case nil: throw Failure.missing("File", id)
        case .missing: throw Failure(409, reason: "object_missing", "No bytes have arrived for this file.")
        case .mismatch(let size): throw found.mismatch(actualSize: size)
        case .complete: break
        }
        return try request.database.write { tx in
            guard var file = try FileTable.find(id, of: owner, nowMilliseconds: now, tx) else {
                throw Failure.missing("File", id)
            }
            if !file.isUploaded {
                file.uploadedMilliseconds = now
                try FileTable.confirm(id, atMilliseconds: now, tx)
                try FileEvents.publish("file.uploaded", file, atMilliseconds: now, tx)
            }
            return view.answer(file)
        }
    }

    private func download(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let id = request.parameters[0]
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        let found = try request.database.read { tx in try FileTable.find(id, of: owner, nowMilliseconds: now, tx) }
        guard let found, found.isUploaded else { throw Failure.missing("File", id) }
        let address = try storage { () throws(HostError) in
            try request.transfers.address(of: id, seconds: settings.urlSeconds)
        }
        guard let address else { throw Failure.missing("File", id) }
        try request.database.write { tx in
            try FileEvents.publish("file.downloaded", found, atMilliseconds: now, tx)
        }
        return .json { writer in
            writer.beginObject()
            writer.key("download_url")
            writer.string(address)
            writer.key("expires_in")
            writer.int(settings.urlSeconds)
            writer.endObject()
        }
    }

    private func delete(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let id = request.parameters[0]
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        try request.database.write { tx in
            guard let file = try FileTable.find(id, of: owner, nowMilliseconds: now, tx) else {
                throw Failure.missing("File", id)
            }
            try Removal.remove(file, atMilliseconds: now, tx)
        }
        // The job does it as well; addresses that were handed out are to be dead before the answer.
        do throws(HostError) { try request.transfers.withdraw(id) } catch {
            request.log.warning("addresses of a removed file die with its bytes", ["error": error.message])
        }
        return .empty(204)
    }

    /// Removes the files of somebody who is gone, so many at a time that others can write in between. A delivery that
    /// is repeated finds only what is left.
    private func removeAll(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        guard let owner = event.data["user_id"]?.string else { return }
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        var isDone = false
        while !isDone {
            isDone = try context.database.write { tx in
                let files = try FileTable.some(of: owner, limit: Self.removedAtOnce, tx)
                for file in files { try Removal.remove(file, atMilliseconds: now, tx) }
                return files.count < Self.removedAtOnce
            }
        }
    }

    private static let removedAtOnce = 100

    /// Runs what needs the storage; its failures are the contract's 502 and 503.
    private func storage<Value>(_ body: () throws(HostError) -> Value) throws -> Value {
        do throws(HostError) { return try body() } catch {
            if error.status == .full {
                throw Failure(
                    503, reason: "storage_full", "There is no room for this file.", details: Self.writeService)
            }
            if error.isStorageMissing {
                throw Failure(503, reason: "not_configured", "File storage is not set up.", details: Self.writeService)
            }
            if error.isStorageFailure {
                throw Failure(
                    502, reason: "storage", "The file storage did not do its work.", details: Self.writeService)
            }
            throw error
        }
    }

    private static func writeService(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("service")
        writer.string("storage")
        writer.endObject()
    }
}
