/// Blobs that clients send and fetch by themselves: announced, sent in one piece, completed.
extension BlobStore {
    /// Seconds since 1970, by the store's clock.
    public var nowSeconds: Int64 { clock() / 1000 }

    /// Announces a transfer. Durable when this returns.
    public func announce(_ announcement: TransferAnnouncement) throws(BlobError) {
        guard TransferAnnouncement.isName(announcement.name) else {
            throw BlobError(
                .invalid, "A transfer's name is 1 to 64 letters, digits, dashes and underscores.")
        }
        try Self.check(announcement.key)
        try Self.check(contentType: announcement.contentType)
        guard announcement.size > 0, announcement.keepSeconds > 0 else {
            throw BlobError(.invalid, "A transfer has at least one byte and some time.")
        }
        guard announcement.size <= limits.maximumBlobBytes else {
            throw BlobError(.tooLarge, "A blob may have at most \(limits.maximumBlobBytes) bytes.")
        }
        try openOnce()
        try dropStale()
        guard totalBytes + announcement.size <= limits.maximumTotalBytes else { throw Self.quotaError }
        guard try index.announce(announcement, nowMilliseconds: clock()) else {
            throw BlobError(.taken, "There is a transfer of this name or key.")
        }
    }

    /// The transfer of a name; nil when there is none, or its time is over.
    public func transfer(_ name: String) throws(BlobError) -> Transfer? {
        try openOnce()
        return try index.transfer(name, nowMilliseconds: clock())
    }

    /// Begins to take the bytes of a transfer; what it takes counts once `arrive` has it.
    public func receive(_ transfer: Transfer) throws(BlobError) -> BlobWriter {
        try writer(transfer.announcement.key, contentType: transfer.announcement.contentType)
    }

    /// What was written is what was sent for the transfer, in place of what was sent before; durable when this returns.
    /// False when the transfer takes no bytes any more.
    public func arrive(_ name: String, _ writer: BlobWriter) throws(BlobError) -> Bool {
        try writer.finish { written throws(BlobError) in
            let removed = removedGarbage
            let arrival = try index.arrive(
                name, written, maximumTotalBytes: limits.maximumTotalBytes, nowMilliseconds: clock(),
                removed: removed)
            guard let arrival else {
                forget(written.file)
                return false
            }
            discard(arrival.replaced, totalBytes: arrival.totalBytes, forgetting: removed)
            return true
        }
    }

    /// Makes what has arrived the blob; nil when there is no such transfer, or it was withdrawn. Durable when this
    /// returns.
    public func complete(_ name: String) throws(BlobError) -> TransferOutcome? {
        try openOnce()
        if let place = place as? BucketPlace, let early = try takeOver(name, place) { return early }
        let removed = removedGarbage
        guard let completion = try index.complete(name, nowMilliseconds: clock(), removed: removed)
        else { return nil }
        if let file = completion.settled { place.settle(file) }
        discard(completion.replaced, totalBytes: completion.totalBytes, forgetting: removed)
        return completion.outcome
    }

    /// Ends the addresses of a transfer; false when there is none, or they are dead. Durable when this returns.
    public func withdraw(_ name: String) throws(BlobError) -> Bool {
        try openOnce()
        return try index.withdraw(name)
    }

    /// Forgets a transfer and erases its bytes; false when there is none. Durable when this returns.
    public func erase(_ name: String) throws(BlobError) -> Bool {
        try openOnce()
        let removed = removedGarbage
        guard
            let erased = try index.erase(
                name, sentElsewhere: place is BucketPlace, removed: removed)
        else { return false }
        for file in erased.files { discard(file, totalBytes: erased.totalBytes, forgetting: removed) }
        return true
    }

    /// Drops some of what was not completed in time.
    func dropStale() throws(BlobError) {
        guard try index.hasStale(nowMilliseconds: clock()) else { return }
        let removed = removedGarbage
        let dropped = try index.dropStale(
            nowMilliseconds: clock(), sentElsewhere: place is BucketPlace, removed: removed)
        for file in dropped.files { discard(file, totalBytes: dropped.totalBytes, forgetting: removed) }
    }
}
