import GantryBlobs
import GantryCore
import GantryLoader

/// Transfers as the interface's table and the gateway reach them.
final class TransferAdapter: TransferPort {
    /// Path templates of the addresses, with the tenant in its place; nil where none is served.
    struct Paths {
        var upload: String?
        var download: String?
    }

    /// Codes of the error record, as `gantry/transfers.h` has them.
    private static let notConfiguredCode: Int32 = 1
    private static let storageCode: Int32 = 2

    private let blobs: BlobAdapter
    private let setup: BlobSetup
    private let tenant: String
    private let paths: Paths

    init(blobs: BlobAdapter, setup: BlobSetup, tenant: String, paths: Paths) {
        self.blobs = blobs
        self.setup = setup
        self.tenant = tenant
        self.paths = paths
    }

    /// The same with the blobs of another generation.
    func working(with blobs: BlobAdapter) -> TransferAdapter {
        TransferAdapter(blobs: blobs, setup: setup, tenant: tenant, paths: paths)
    }

    func announce(_ order: TransferOrder, seconds: Int64, origin: String?) throws(PortOutcome) -> String {
        let expires = blobs.store.nowSeconds + seconds
        let announcement = TransferAnnouncement(
            name: order.name, key: order.key, contentType: order.contentType, filename: order.filename,
            size: order.size, keepSeconds: order.keepSeconds)
        if blobs.store.isInBucket {
            do throws(BlobError) {
                try blobs.store.announce(announcement)
                if let address = try blobs.store.bucketUploadAddress(order.name, seconds: seconds) { return address }
            } catch { throw Self.outcome(error) }
            throw PortOutcome(.failed, code: Self.storageCode, message: "The transfer was dropped at once.")
        }
        // An address that cannot be made is refused before anything is noted.
        let (base, secret) = try signer(paths.upload, order.name, origin)
        do throws(BlobError) { try blobs.store.announce(announcement) } catch { throw Self.outcome(error) }
        let signature = TransferSignature.upload(
            tenant: tenant, name: order.name, expires: expires, size: order.size, secret: secret)
        return "\(base)?expires=\(expires)&signature=\(signature)"
    }

    func complete(_ name: String) throws(PortOutcome) -> TransferCompletion? {
        do throws(BlobError) {
            switch try blobs.store.complete(name) {
            case nil: return nil
            case .missing: return .missing
            case .mismatch(let size): return .mismatch(size: size)
            case .complete(let size): return .complete(size: size)
            }
        } catch { throw Self.outcome(error) }
    }

    func address(of name: String, seconds: Int64, origin: String?) throws(PortOutcome) -> String? {
        let found: Transfer?
        do throws(BlobError) { found = try blobs.store.transfer(name) } catch { throw Self.outcome(error) }
        guard let found, found.isComplete, !found.isWithdrawn else { return nil }
        if blobs.store.isInBucket {
            let disposition = ContentDisposition.attachment(found.announcement.filename)
            do throws(BlobError) {
                return try blobs.store.bucketDownloadAddress(name, disposition: disposition, seconds: seconds)
            } catch { throw Self.outcome(error) }
        }
        let expires = blobs.store.nowSeconds + seconds
        let (base, secret) = try signer(paths.download, name, origin)
        let signature = TransferSignature.download(tenant: tenant, name: name, expires: expires, secret: secret)
        return "\(base)?expires=\(expires)&signature=\(signature)"
    }

    func withdraw(_ name: String) throws(PortOutcome) -> Bool {
        do throws(BlobError) { return try blobs.store.withdraw(name) } catch { throw Self.outcome(error) }
    }

    func erase(_ name: String) throws(PortOutcome) -> Bool {
        do throws(BlobError) { return try blobs.store.erase(name) } catch { throw Self.outcome(error) }
    }

    /// Address without its query, and the key that signs it.
    private func signer(
        _ path: String?, _ name: String, _ origin: String?
    ) throws(PortOutcome) -> (base: String, secret: [UInt8]) {
        guard let path else {
            throw PortOutcome(
                .failed, code: Self.notConfiguredCode,
                message: "The manifest has no route with `transfer` that would serve the address.")
        }
        guard let secret = try signingSecret() else {
            throw PortOutcome(
                .failed, code: Self.notConfiguredCode,
                message: "There is no key for file addresses: the operator has to set \(BlobSetup.signingSecretName).")
        }
        guard let origin = setup.settings.publicURL ?? origin else {
            throw PortOutcome(
                .failed, code: Self.notConfiguredCode,
                message: "Nobody has called, so there is no origin for the address; `blobs.public-url` would be one.")
        }
        let end = path.lastIndex(of: "/").map { path[...$0] } ?? path[...]
        return ("\(origin)\(end)\(name)", secret)
    }

    private func signingSecret() throws(PortOutcome) -> [UInt8]? {
        do { return try setup.secret(tenant: tenant) } catch {
            throw PortOutcome(.failed, code: Self.storageCode, message: "\(error)")
        }
    }

    private static func outcome(_ error: BlobError) -> PortOutcome {
        switch error.code {
        case .notConfigured: PortOutcome(.failed, code: notConfiguredCode, message: error.message)
        case .failed, .bucket: PortOutcome(.failed, code: storageCode, message: error.message)
        default: PortOutcome(error)
        }
    }
}

// MARK: The addresses that the host serves

extension TransferAdapter {
    func receive(
        _ address: TransferAddress, contentType: String?, length: Int64?
    ) throws(TransferRefusal) -> any TransferReceiver {
        let secret = try key(address)
        // The size is part of what is signed, so an unknown transfer cannot be told from a forged address for it.
        guard let transfer = try asked({ () throws(BlobError) in try blobs.store.transfer(address.name) }) else {
            throw .unknown
        }
        let announced = transfer.announcement
        let expected = TransferSignature.upload(
            tenant: tenant, name: address.name, expires: address.expires, size: announced.size, secret: secret)
        guard TransferSignature.areEqual(expected, address.signature) else { throw .forged }
        if transfer.isWithdrawn { throw .unknown }
        if transfer.isComplete { throw .complete }
        guard let contentType, Self.essence(contentType) == Self.essence(announced.contentType) else {
            throw .otherType(announced: announced.contentType)
        }
        if let length, length > announced.size { throw .tooLarge(maximumBytes: announced.size) }
        let writer = try asked { () throws(BlobError) in try blobs.store.receive(transfer) }
        return Receiver(writer: writer, transfer: transfer, store: blobs.store)
    }

    func fetch(_ address: TransferAddress) throws(TransferRefusal) -> TransferContent {
        let secret = try key(address)
        let expected = TransferSignature.download(
            tenant: tenant, name: address.name, expires: address.expires, secret: secret)
        guard TransferSignature.areEqual(expected, address.signature) else { throw .forged }
        let found = try asked { () throws(BlobError) in try blobs.store.transfer(address.name) }
        guard let found, found.isComplete, !found.isWithdrawn else { throw .unknown }
        let announced = found.announcement
        guard let reader = try asked({ () throws(BlobError) in try blobs.store.open(announced.key) }) else {
            throw .unknown
        }
        return TransferContent(
            reader: BlobAdapter.port(reader), contentType: announced.contentType, filename: announced.filename)
    }

    /// The key, for an address whose time is not over.
    private func key(_ address: TransferAddress) throws(TransferRefusal) -> [UInt8] {
        if blobs.store.isInBucket { throw .notServed }
        let secret: [UInt8]?
        do { secret = try setup.secret(tenant: tenant) } catch { throw .failed("\(error)") }
        guard let secret else { throw .notConfigured }
        guard address.expires >= blobs.store.nowSeconds else { throw .expired }
        return secret
    }

    private func asked<Value>(_ body: () throws(BlobError) -> Value) throws(TransferRefusal) -> Value {
        do throws(BlobError) { return try body() } catch { throw TransferRefusal(error) }
    }

    /// A media type without parameters, in lower case.
    private static func essence(_ type: String) -> String {
        let text = type.prefix { $0 != ";" }
        return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
    }

    /// The bytes of one upload on their way into a file.
    private final class Receiver: TransferReceiver {
        private let writer: BlobWriter
        private let transfer: Transfer
        private let store: BlobStore
        // Guard: whoever appends does so from one thread at a time.
        private nonisolated(unsafe) var size: Int64 = 0

        init(writer: BlobWriter, transfer: Transfer, store: BlobStore) {
            self.writer = writer
            self.transfer = transfer
            self.store = store
        }

        func append(_ bytes: UnsafeRawBufferPointer) throws(TransferRefusal) {
            size += Int64(bytes.count)
            guard size <= transfer.announcement.size else {
                throw .tooLarge(maximumBytes: transfer.announcement.size)
            }
            do throws(BlobError) { try writer.append(bytes) } catch { throw TransferRefusal(error) }
        }

        func arrive() throws(TransferRefusal) {
            let name = transfer.announcement.name
            let isComplete: Bool
            do throws(BlobError) {
                if try store.arrive(name, writer) { return }
                isComplete = try store.transfer(name)?.isComplete == true
            } catch { throw TransferRefusal(error) }
            // It was completed, withdrawn or dropped while its bytes were on their way.
            throw isComplete ? .complete : .unknown
        }

        func discard() { writer.discard() }
    }
}

extension TransferRefusal {
    fileprivate init(_ error: BlobError) {
        switch error.code {
        case .full: self = .full
        case .busy: self = .busy
        case .notConfigured: self = .notConfigured
        default: self = .failed(error.message)
        }
    }
}
