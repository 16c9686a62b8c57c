import GantryCryptography

/// Transfers whose bytes clients send to a bucket and fetch from there.
extension BlobStore {
    private static let copyAttempts = 3

    /// Whether clients send to and fetch from a bucket, so that the host serves no addresses.
    public var isInBucket: Bool { place is BucketPlace }

    /// The bucket's address that takes the bytes of a transfer; nil where there is no bucket, or no such transfer. It
    /// dies with the announcement at the latest.
    public func bucketUploadAddress(_ name: String, seconds: Int64) throws(BlobError) -> String? {
        guard let place = place as? BucketPlace, let transfer = try transfer(name) else { return nil }
        let announced = transfer.announcement
        return place.bucket.uploadAddress(
            place.object(BucketPlace.uploaded(announced.key)), contentType: announced.contentType,
            size: announced.size, seconds: min(seconds, announced.keepSeconds))
    }

    /// The bucket's address that hands out the bytes of a complete transfer; nil where there is no bucket, or none.
    /// - Parameter disposition: What the bucket says of the name, as the header has it.
    public func bucketDownloadAddress(
        _ name: String, disposition: String, seconds: Int64
    ) throws(BlobError) -> String? {
        guard let place = place as? BucketPlace, let transfer = try transfer(name), transfer.isComplete,
            !transfer.isWithdrawn, let found = try index.find(transfer.announcement.key)
        else { return nil }
        return place.bucket.downloadAddress(
            place.object(found.file), contentType: transfer.announcement.contentType,
            disposition: disposition,
            seconds: seconds)
    }

    /// Looks what a client has sent to the bucket. What is as large as announced is copied to where no address that
    /// takes bytes leads: those live on, and must not change what is a blob.
    /// - Returns: nil where there is a file for the index to make a blob, or no open transfer at all.
    func takeOver(_ name: String, _ place: BucketPlace) throws(BlobError) -> TransferOutcome? {
        guard let transfer = try transfer(name), !transfer.isWithdrawn, !transfer.isComplete,
            transfer.file == nil
        else { return nil }
        let announced = transfer.announcement
        let sent = BucketPlace.uploaded(announced.key)
        let file = Hexadecimal.text(Cryptography.randomBytes(16))
        try index.note(file)
        for _ in 0..<Self.copyAttempts {
            guard let found = try place.bucket.describe(place.object(sent)) else {
                forget(file)
                return .missing
            }
            guard found.size == announced.size else {
                try place.bucket.remove(place.object(sent))
                forget(file)
                return .mismatch(size: found.size)
            }
            // Somebody may send anew in between; then it is looked at again.
            guard try place.bucket.copy(place.object(sent), tag: found.tag, to: place.object(file)) else {
                continue
            }
            let removed = removedGarbage
            let arrival = try index.arrive(
                name, BlobWriter.Written(file: file, size: found.size, sha256: Self.unknownDigest),
                maximumTotalBytes: limits.maximumTotalBytes, nowMilliseconds: clock(), removed: removed)
            guard let arrival else {
                forget(file)
                return nil
            }
            discard(arrival.replaced, totalBytes: arrival.totalBytes, forgetting: removed)
            // Should it stay, it is removed with the transfer.
            _ = place.remove(sent)
            return nil
        }
        forget(file)
        throw BlobError(.bucket, "The object in the bucket is changed all the time.")
    }

    /// Of bytes that did not pass through here: all zero.
    private static let unknownDigest: Digest256 = {
        guard let digest = Digest256([UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("SHA-256 has 32 bytes.")
        }
        return digest
    }()
}
