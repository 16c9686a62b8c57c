import COpenSSL

/// Owns objects of libcrypto for the length of one operation and frees them in the opposite order, also when it fails.
/// The list of errors that libcrypto keeps for the thread is emptied with it. One thread.
final class CryptoObjects {
    private var releases: [() -> Void] = []

    /// Runs the body with a new owner; pointers that it gives out must not outlive the body.
    static func scope<Result>(
        _ body: (CryptoObjects) throws(SignatureError) -> Result
    ) throws(SignatureError) -> Result {
        ERR_clear_error()
        let objects = CryptoObjects()
        defer { withExtendedLifetime(objects) {} }
        return try body(objects)
    }

    private init() {}

    deinit {
        for release in releases.reversed() { release() }
        ERR_clear_error()
    }

    /// Takes an object over, which is nil where libcrypto failed; the error then says what failed, and why.
    func own(
        _ object: OpaquePointer?, _ release: @escaping (OpaquePointer?) -> Void, _ code: SignatureError.Code,
        _ what: @autoclosure () -> String
    ) throws(SignatureError) -> OpaquePointer {
        guard let object else { throw Self.failure(code, what()) }
        releases.append { release(object) }
        return object
    }

    /// The bytes as a stream to read from. They are copied.
    func stream(_ bytes: some Collection<UInt8>) throws(SignatureError) -> OpaquePointer {
        let stream = try emptyStream()
        let copy = Array(bytes)
        guard copy.isEmpty || BIO_write(stream, copy, Int32(clamping: copy.count)) == copy.count else {
            throw Self.failure(.failed, "There is no memory for \(copy.count) bytes")
        }
        return stream
    }

    /// A stream that collects what is written.
    func emptyStream() throws(SignatureError) -> OpaquePointer {
        try own(BIO_new(BIO_s_mem()), { BIO_free($0) }, .failed, "There is no memory")
    }

    /// What a stream holds.
    static func bytes(_ stream: OpaquePointer) -> [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = gantry_stream_bytes(stream, &start)
        return Array(UnsafeBufferPointer(start: start, count: max(0, count)))
    }

    /// An error with libcrypto's own words, which are taken off its list.
    static func failure(_ code: SignatureError.Code, _ what: String) -> SignatureError {
        var reasons: [String] = []
        while case let number = ERR_get_error(), number != 0 {
            guard let text = ERR_reason_error_string(number).map({ String(cString: $0) }) else { continue }
            if !reasons.contains(text) { reasons.append(text) }
        }
        return SignatureError(code, reasons.isEmpty ? "\(what)." : "\(what) (\(reasons.joined(separator: ", "))).")
    }
}
