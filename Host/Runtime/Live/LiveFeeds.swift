import GantryCore
import GantryEvents
import GantryGateway
import GantryJSON
import GantryStore
import GantryTelemetry
import GantryThreads

/// The live events of the modules that run: those of a tenant go to everybody who follows it. A module that does not
/// run publishes nothing, and costs nothing here. Any thread.
final class LiveFeeds: LiveSource {
    private struct Tenant {
        var feeds: [String: LiveFeed] = [:]
        var followers: [UInt64: @Sendable ([LiveFrame]) -> Void] = [:]
        var isEmpty: Bool { feeds.isEmpty && followers.isEmpty }
    }

    private struct State {
        var tenants: [String: Tenant] = [:]
        var lastNumber: UInt64 = 0
    }

    private struct Following: LiveFollowing {
        let feeds: LiveFeeds
        let tenant: String
        let number: UInt64

        func cancel() { feeds.remove(number, of: tenant) }
    }

    private static let stopTime = Duration.seconds(10)

    private let background: BackgroundWork
    private let timers: TimerQueue
    private let log: Log
    private let state = Lock(State())

    init(background: BackgroundWork, timers: TimerQueue, log: Log) {
        self.background = background
        self.timers = timers
        self.log = log
    }

    /// The events of a module that begins to run; `detach` follows.
    func attach(_ manifest: Manifest, tenant: String, database: Database) {
        let shown = LiveView(manifest, tenant: tenant)
        let feed = LiveFeed(
            publisher: manifest.id, database: database, share: background.share(of: tenant), timers: timers
        ) { [weak self] events in
            self?.hand(events.compactMap(shown.frame), to: tenant)
        }
        let (former, isFollowed) = state.withLock { state in
            let former = state.tenants[tenant, default: Tenant()].feeds.updateValue(feed, forKey: manifest.id)
            return (former, state.tenants[tenant]?.followers.isEmpty == false)
        }
        if isFollowed { _ = begin(feed, tenant: tenant, module: manifest.id) }
        // That of the generation before, only now: an event may be shown twice, and none is left out.
        former?.stop(until: .after(Self.stopTime))
    }

    /// The module stops.
    func detach(_ module: String, tenant: String) {
        let feed = change(tenant) { $0.feeds.removeValue(forKey: module) }
        feed?.stop(until: .after(Self.stopTime))
    }

    // MARK: LiveSource

    func follow(
        tenant: String, receive: @escaping @Sendable ([LiveFrame]) -> Void, ready: @escaping @Sendable (Bool) -> Void
    ) -> any LiveFollowing {
        let (number, feeds) = state.withLock { state in
            state.lastNumber += 1
            state.tenants[tenant, default: Tenant()].followers[state.lastNumber] = receive
            return (state.lastNumber, state.tenants[tenant]?.feeds ?? [:])
        }
        // Databases are read, which no event loop waits for.
        let isAccepted = background.share(of: tenant).submit { [self] in
            ready(feeds.allSatisfy { begin($0.value, tenant: tenant, module: $0.key) })
        }
        if !isAccepted { ready(false) }
        return Following(feeds: self, tenant: tenant, number: number)
    }

    private func begin(_ feed: LiveFeed, tenant: String, module: String) -> Bool {
        do {
            try feed.begin()
            return true
        } catch {
            log.write(
                .error, "Live events cannot be read: \(error)", scope: LogScope(tenant: tenant, module: module))
            return false
        }
    }

    private func remove(_ number: UInt64, of tenant: String) {
        let unused = change(tenant) { tenant -> [LiveFeed] in
            tenant.followers[number] = nil
            return tenant.followers.isEmpty ? Array(tenant.feeds.values) : []
        }
        for feed in unused { feed.end() }
        // Somebody may have come meanwhile, whose `begin` found the feed as it was.
        let feeds = state.withLock { state in
            state.tenants[tenant].map { $0.followers.isEmpty ? [:] : $0.feeds } ?? [:]
        }
        guard !unused.isEmpty, !feeds.isEmpty else { return }
        _ = background.share(of: tenant).submit { [self] in
            for (module, feed) in feeds { _ = begin(feed, tenant: tenant, module: module) }
        }
    }

    private func hand(_ frames: [LiveFrame], to tenant: String) {
        let followers = state.withLock { state in state.tenants[tenant].map { Array($0.followers.values) } ?? [] }
        for follower in followers { follower(frames) }
    }

    private func change<Result>(_ tenant: String, _ body: (inout Tenant) -> Result) -> Result {
        state.withLock { state in
            var entry = state.tenants[tenant] ?? Tenant()
            defer { state.tenants[tenant] = entry.isEmpty ? nil : entry }
            return body(&entry)
        }
    }
}

/// What the streams of a tenant show of a module's events: those members of the data that its manifest names.
struct LiveView: Sendable {
    private let tenant: String
    private let shown: [String: [String]]

    init(_ manifest: Manifest, tenant: String) {
        self.tenant = tenant
        shown = manifest.live
    }

    /// The frame of an event; nil for one that no stream can show.
    func frame(_ event: EventDelivery) -> LiveFrame? {
        guard LiveFrame.canShow(type: event.type) else { return nil }
        var practice: String?
        var writer = JSONWriter()
        writer.beginObject()
        if let document = try? JSONDocument(event.data) {
            document.withRoot { data in
                practice = data["practice_id" as StaticString]?.string
                for name in shown[event.type] ?? [] {
                    guard let value = data[name] else { continue }
                    writer.key(name)
                    writer.raw(value.jsonBytes)
                }
            }
        }
        writer.endObject()
        return LiveFrame(
            id: event.id.description, type: event.type, tenant: tenant, practice: practice,
            timeMilliseconds: event.timeMilliseconds, data: writer.bytes)
    }
}
