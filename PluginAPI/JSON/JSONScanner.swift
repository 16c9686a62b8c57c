/// A strict RFC 8259 scanner that builds the tape of a text in place.
///
/// It validates UTF-8, copies nothing and does not recurse. `NaN`, infinities, comments, trailing commas and escapes of
/// unpaired surrogates are refused.
public enum JSONScanner {
    /// Levels of nesting that are accepted unless told otherwise.
    public static let defaultMaximumDepth = 32

    /// Scans `bytes` and replaces the contents of `nodes` with the document's tape.
    ///
    /// - Parameters:
    ///   - bytes: The whole text; white space around the document is allowed.
    ///   - nodes: Reused from call to call so that it stops growing; its contents are unspecified after a failure.
    ///   - maximumDepth: Containers that may enclose each other; an array in an object is 2.
    public static func scan(
        _ bytes: UnsafeRawBufferPointer, into nodes: inout [JSONNode], maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONSyntaxError) {
        guard bytes.count < Int(UInt32.max) else { throw JSONSyntaxError(code: .size, offset: bytes.count) }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { throw JSONSyntaxError(code: .empty, offset: 0) }
        let start = base.assumingMemoryBound(to: UInt8.self)
        // A text of n bytes has at most n nodes, so the loop ends; it rarely runs twice once the buffer has grown.
        var capacity = max(nodes.capacity, bytes.count / 8 + 16)
        while true {
            var outcome = JSONScanMachine.Outcome.needsRoom
            var failureOffset = 0
            nodes.removeAll(keepingCapacity: true)
            nodes.append(addingCapacity: capacity) { span in
                span.withUnsafeMutableBufferPointer { buffer, initializedCount in
                    // There is room for at least 16 nodes, hence an address.
                    guard let room = buffer.baseAddress else { return }
                    var machine = JSONScanMachine(
                        start: start, count: bytes.count, nodes: room, capacity: buffer.count,
                        maximumDepth: maximumDepth)
                    outcome = machine.run()
                    failureOffset = machine.offset
                    initializedCount = outcome == .finished ? machine.count : 0
                }
            }
            switch outcome {
            case .finished: return
            case .needsRoom: capacity = min(capacity * 2, bytes.count + 1)
            case .failed(let code): throw JSONSyntaxError(code: code, offset: failureOffset)
            }
        }
    }
}
