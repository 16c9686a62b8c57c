import GantryLoader
import GantryServer
import GantryThreads

/// Merged documents by the routes that they describe: tenants with equal modules share one. A document is made when it
/// is first asked for, away from the event loops, once for all who ask meanwhile. Any thread.
final class DocumentCache: Sendable {
    private enum Content {
        case ready(PreparedBody)
        case underWay([@Sendable (PreparedBody?) -> Void])
    }

    private struct Entry {
        /// Held, so that its identity stays its own.
        let table: RouteTable?
        var content: Content
    }

    /// Documents that are kept; mounts are the operator's to invent, so there is no end to how many there can be.
    private static let capacity = 64

    private let pool: ThreadPool
    /// The latest used first.
    private let entries = Lock<[Entry]>([])

    init(pool: ThreadPool) {
        self.pool = pool
    }

    /// Hands over the document of these routes, at once or later; nil when nobody is free to make it.
    /// - Parameter table: Nil for the host's routes alone.
    func document(
        of table: RouteTable?, compression: Compression, _ receive: @escaping @Sendable (PreparedBody?) -> Void
    ) {
        let (ready, isFirst) = entries.withLock { entries -> (PreparedBody?, Bool) in
            guard let index = entries.firstIndex(where: { $0.table === table }) else {
                entries.insert(Entry(table: table, content: .underWay([receive])), at: 0)
                return (nil, true)
            }
            var entry = entries.remove(at: index)
            defer { entries.insert(entry, at: 0) }
            switch entry.content {
            case .ready(let document): return (document, false)
            case .underWay(let waiting):
                entry.content = .underWay(waiting + [receive])
                return (nil, false)
            }
        }
        if let ready { return receive(ready) }
        if !isFirst || pool.submit({ self.make(table, compression) }) { return }
        let waiting = entries.withLock { entries -> [@Sendable (PreparedBody?) -> Void] in
            guard let index = entries.firstIndex(where: { $0.table === table }),
                case .underWay(let waiting) = entries.remove(at: index).content
            else { return [] }
            return waiting
        }
        for receive in waiting { receive(nil) }
    }

    private func make(_ table: RouteTable?, _ compression: Compression) {
        let document = PreparedBody(
            DocumentMerger.merge(table?.sources ?? []), contentType: "application/json",
            headers: [
                ReplyField(name: "Cache-Control", value: "private, no-cache"),
                ReplyField(name: "Vary", value: "Authorization, X-Tenant-Id"),
            ], compression: compression)
        let waiting = entries.withLock { entries -> [@Sendable (PreparedBody?) -> Void] in
            guard let index = entries.firstIndex(where: { $0.table === table }),
                case .underWay(let waiting) = entries[index].content
            else { return [] }
            entries[index].content = .ready(document)
            while entries.count > Self.capacity, case .ready? = entries.last?.content { entries.removeLast() }
            return waiting
        }
        for receive in waiting { receive(document) }
    }
}
