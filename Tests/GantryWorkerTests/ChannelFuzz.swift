import WorkerProbe

/// What a worker can send, as functions of bytes that may hold anything. The fuzzer feeds them (`make fuzz`), and unit
/// tests replay its corpus.
enum ChannelFuzz: String, CaseIterable, Sendable {
    /// Requests to the host, each as many bytes as the one before it says.
    case wire
    /// Pieces in the lanes, answers to what the host asks, and messages over the socket.
    case channel

    /// Returns for good and bad input alike; the process ends on a fault.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .channel:
            bytes.withUnsafeBufferPointer { _ = hostile_answer($0.baseAddress, UInt64($0.count)) }
        case .wire:
            guard let peer = hostile_open() else { return }
            defer { hostile_close(peer) }
            var rest = bytes[...]
            while let count = rest.popFirst() {
                let request = Array(rest.prefix(Int(count) * 8))
                rest = rest.dropFirst(request.count)
                request.withUnsafeBytes { _ = hostile_request(peer, $0.baseAddress, UInt64($0.count)) }
            }
        }
    }
}
