import CGantry

/// A function of the host refused or failed.
public struct HostError: Error, Sendable, CustomStringConvertible {
    /// What the function answered; `.conflict` is a broken constraint of the database.
    public let status: Status
    /// The finer reason by table, such as the database engine's own code; 0 when there is none.
    public let code: Int
    /// A sentence for the operator. It may quote the engine and is not meant for a client.
    public let message: String

    /// An error with the given parts.
    public init(_ status: Status, code: Int = 0, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// Status, code and message in one line.
    public var description: String {
        code == 0 ? "\(message) (\(status))" : "\(message) (\(status), code \(code))"
    }

    /// Throws unless the function has taken over something that it will do later: what it says instead of that, known
    /// here or not, means that nobody does it.
    static func checkAccepted(
        _ status: Int32, as expected: Status = .ok, _ function: StaticString
    ) throws(HostError) {
        guard status != expected.rawValue else { return }
        try check(status, function)
        throw HostError(.failed, message: "\(function) answered: \(Status(rawValue: status))")
    }

    /// Throws unless `status` is one of success.
    static func check(_ status: Int32, _ function: StaticString) throws(HostError) {
        if status < 0 {
            let status = Status(rawValue: status)
            throw HostError(status, message: "\(function) answered: \(status)")
        }
    }

    /// Calls a function that takes an error record, and throws what it answered and wrote unless it succeeded.
    ///
    /// - Parameter function: Named in the message when the record holds none.
    static func checkRecord(
        _ function: StaticString, _ body: (UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) {
        let failure = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { room -> HostError? in
            var record = gantry_error_v1(
                code: 0, message_capacity: UInt32(room.count), message_size: 0, reserved: 0, message: room.baseAddress)
            let status = Status(rawValue: body(&record))
            guard status.isFailure else { return nil }
            let size = min(Int(record.message_size), room.count)
            let text = String(
                decoding: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(room)[..<size]), as: UTF8.self)
            return HostError(
                status, code: Int(record.code), message: text.isEmpty ? "\(function) answered: \(status)" : text)
        }
        if let failure { throw failure }
    }
}

/// Translation of what a module's code throws into what crosses the interface.
enum Outcome {
    /// The status that stands for `error`.
    static func status(of error: any Error) -> Int32 {
        guard let status = (error as? HostError)?.status, status.isFailure else { return Status.failed.rawValue }
        return status.rawValue
    }

    /// A sentence about `error` for the operator.
    static func message(of error: any Error) -> String {
        String(describing: error)
    }

    /// Answers with what a handler has thrown, and returns what the host said to it; nil when it is no answer: then
    /// it is logged.
    static func answer(_ error: any Error, to request: borrowing some RequestContent & ~Copyable) -> Int32? {
        switch error {
        case let failure as Failure: return failure.send(request.scope)
        case let refusal as Refusal: return refusal.send(request.scope)
        default:
            // A caller who left is no fault of the module's.
            if (error as? HostError)?.status == .cancelled || error is CancellationError { return nil }
            request.log.error(
                "The handler failed", ["error": message(of: error), "method": request.method, "path": request.path])
            return nil
        }
    }

    /// Fills the caller's record, when there is one, and returns the status to answer with.
    static func report(_ error: any Error, to record: UnsafeMutablePointer<gantry_error_v1>?) -> Int32 {
        guard let record else { return status(of: error) }
        record.pointee.code = Int32(truncatingIfNeeded: (error as? HostError)?.code ?? 0)
        message(of: error).withText { text in
            guard let target = record.pointee.message else { return }
            var count = min(Int(text.size), Int(record.pointee.message_capacity))
            // A cut in the middle of a character would leave text that is not UTF-8.
            while count > 0, count < Int(text.size), text.buffer[count] & 0xC0 == 0x80 { count -= 1 }
            if let source = text.data { target.update(from: source, count: count) }
            record.pointee.message_size = UInt32(count)
        }
        return status(of: error)
    }
}
