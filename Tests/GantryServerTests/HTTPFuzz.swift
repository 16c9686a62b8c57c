import NIOCore
import NIOEmbedded

@testable import GantryServer

/// A connection as the server sees it, fed with bytes that may be anything. The fuzzer calls it (`make fuzz`), and a
/// unit test replays the fuzzer's corpus. Besides traps and hangs these are faults: a body of another length than its
/// head says, answers that are not in the order of their requests, an answer after the one that closes, and requests
/// that depend on where the bytes were cut.
enum HTTPFuzz {
    /// The first byte says into pieces of which size the others are cut.
    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        let whole = Trial(bytes, pieceSize: bytes.count).requests
        let cut = Trial(bytes, pieceSize: max(1, Int(first))).requests
        // Cut into small pieces less may be taken, since who sends in crumbs is refused earlier.
        for (one, other) in zip(whole, cut) {
            precondition(one.agrees(with: other), "What is read depends on where it is cut.")
        }
    }

    /// One request as the handler got it.
    struct Request {
        var method: String
        var target: String
        var fields: [String]
        /// Nil until it has arrived.
        var body: [UInt8]?

        func agrees(with other: Request) -> Bool {
            guard method == other.method, target == other.target, fields == other.fields else { return false }
            return body == nil || other.body == nil || body == other.body
        }
    }

    /// The bytes in pieces of one size, on a connection of their own.
    private struct Trial {
        private(set) var requests: [Request]

        init(_ bytes: [UInt8], pieceSize: Int) {
            let channel = EmbeddedChannel()
            let judge = Judge()
            let loop = ServerLoop(eventLoop: channel.embeddedEventLoop)
            let set = HandlerSet(
                channel: channel, handler: judge, listener: ListenerSettings(), configuration: Self.configuration,
                loop: loop)
            do {
                try set.begin()
                try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            } catch { preconditionFailure("The connection cannot be set up: \(error)") }
            var start = 0
            while start < bytes.count && channel.isActive {
                let end = min(start + pieceSize, bytes.count)
                _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
                channel.embeddedEventLoop.run()
                start = end
            }
            judge.answerKept()
            channel.embeddedEventLoop.run()
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            channel.embeddedEventLoop.run()
            let isHTTP2 = bytes.starts(with: Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
            if !isHTTP2 { Self.check(Self.sent(channel)) }
            // Times pass until nothing is left of it.
            channel.embeddedEventLoop.advanceTime(by: .hours(1))
            _ = try? channel.finish(acceptAlreadyClosed: true)
            requests = isHTTP2 ? [] : judge.requests
        }

        private static var configuration: ServerConfiguration {
            var configuration = ServerConfiguration()
            configuration.maximumHeaderBytes = 2048
            configuration.maximumHeaderCount = 20
            return configuration
        }

        private static func sent(_ channel: EmbeddedChannel) -> [UInt8] {
            var bytes: [UInt8] = []
            while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
                bytes += Array(buffer.readableBytesView)
            }
            return bytes
        }

        /// Each answer is whole and bears the number of its request, and none follows the one that closes.
        private static func check(_ bytes: [UInt8]) {
            var rest = bytes[...]
            var last = -1
            var hasClosed = false
            while !rest.isEmpty {
                guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
                    preconditionFailure("An answer has no end of its head.")
                }
                let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).lowercased()
                rest = rest[end.upperBound...]
                precondition(head.hasPrefix("http/1.1 "), "What was sent is no answer.")
                if head.hasPrefix("http/1.1 100 ") { continue }
                precondition(!hasClosed, "An answer follows the one that closes.")
                hasClosed = head.contains("connection: close")
                let fields = head.split(separator: "\r\n")
                if let number = value("x-number", fields) {
                    precondition(number > last, "The answers are not in the order of the requests.")
                    last = number
                }
                let length = head.contains("x-head: 1") ? 0 : value("content-length", fields) ?? 0
                precondition(length <= rest.count, "An answer is shorter than it says.")
                rest = rest.dropFirst(length)
            }
        }

        private static func value(_ name: String, _ fields: [Substring]) -> Int? {
            fields.first { $0.hasPrefix("\(name): ") }.flatMap { Int($0.dropFirst(name.utf8.count + 2)) }
        }
    }

    /// Answers requests at once, late or from their head, and reads bodies whole or as a stream, as their target says.
    private final class Judge: ServerHandler, @unchecked Sendable {
        // Guard of the unchecked conformance: everything happens on the one thread of the test.
        private(set) var requests: [Request] = []
        private var numbers: [ObjectIdentifier: Int] = [:]
        private var exchanges: [Exchange] = []
        private var kept: [Exchange] = []
        static let maximumBytes = 300

        func receiveHead(_ exchange: Exchange) -> BodyDecision {
            numbers[ObjectIdentifier(exchange)] = requests.count
            exchanges.append(exchange)
            var fields: [String] = []
            exchange.forEachHeader { fields.append("\($0): \($1)") }
            precondition(!exchange.method.isEmpty && !exchange.target.isEmpty, "A request without method or target.")
            requests.append(Request(method: exchange.method, target: exchange.target, fields: fields))
            if exchange.target.contains("e") {
                answer(exchange, 403)
                return .answered
            }
            return exchange.target.contains("s")
                ? .stream(maximumBytes: Self.maximumBytes) : .collect(maximumBytes: Self.maximumBytes)
        }

        func receiveBody(_ exchange: Exchange) {
            guard let number = numbers[ObjectIdentifier(exchange)] else { preconditionFailure("No head came first.") }
            let body = exchange.withBody { Array($0) }
            if !exchange.target.contains("s") {
                precondition(body.count <= Self.maximumBytes, "A body is longer than is allowed.")
                let lengths = requests[number].fields.compactMap { Self.length(in: $0) }
                precondition(lengths.allSatisfy { $0 == body.count }, "A body has another length.")
                requests[number].body = body
            }
            if exchange.target.contains("l") { kept.append(exchange) } else { answer(exchange, 200) }
        }

        func refuseBody(_ exchange: Exchange, maximumBytes: Int) { answer(exchange, 413) }
        func refuseRequest(_ exchange: Exchange, fault: RequestFault) { answer(exchange, fault.status) }
        func expire(_ exchange: Exchange) { answer(exchange, 503) }

        /// The last first, so that their order is the server's doing.
        func answerKept() {
            for exchange in kept.reversed() { answer(exchange, 200) }
            kept = []
        }

        private static func length(in field: String) -> Int? {
            field.lowercased().hasPrefix("content-length: ") ? Int(field.dropFirst(16)) : nil
        }

        private func answer(_ exchange: Exchange, _ status: Int) {
            let number = numbers[ObjectIdentifier(exchange)]
            exchange.respond(status: status, body: Array("answer".utf8)) { fields in
                if let number { fields.add("X-Number", number) }
                if exchange.method == "HEAD" { fields.add("X-Head", 1) }
            }
        }
    }
}
