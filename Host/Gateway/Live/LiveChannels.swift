import GantryJSON
import GantryThreads

/// The streams that follow tenants' events: one channel for each tenant that is followed, none for the others. Any
/// thread.
final class LiveChannels: Sendable {
    /// Streams that one caller may hold open in a tenant.
    static let maximumOfCaller = 10
    private static let tickMilliseconds: Int64 = 1000

    private struct Channel {
        var streams: [ObjectIdentifier: LiveStream] = [:]
        /// Those that are answered once nothing is missed.
        var waiting: [LiveStream] = []
        var following: (any LiveFollowing)?
        var isReady = false
        /// Tells a channel from an earlier one of the same tenant.
        var number: UInt64
    }

    private struct State {
        var channels: [String: Channel] = [:]
        var counts: [String: Int] = [:]
        var lastNumber: UInt64 = 0
        var isTicking = false
        var isClosed = false
    }

    private enum Opening {
        case refused(Failure)
        case first(UInt64)
        case ready
        case waits
    }

    private let source: any LiveSource
    private let timers: TimerQueue
    private let clock: GatewayClock
    private let state = Lock(State())

    init(source: any LiveSource, timers: TimerQueue, clock: GatewayClock) {
        self.source = source
        self.timers = timers
        self.clock = clock
    }

    /// How many streams are open.
    var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// Opens a stream, at once or when its events can be had.
    /// - Returns: why it is refused.
    func open(_ stream: LiveStream) -> Failure? {
        let name = Self.caller(stream)
        let opening = state.withLock { state -> Opening in
            if state.isClosed { return .refused(.brokerUnavailable) }
            guard state.counts[name, default: 0] < Self.maximumOfCaller else { return .refused(.tooManyStreams) }
            state.counts[name, default: 0] += 1
            var channel = state.channels[stream.tenant]
            defer { state.channels[stream.tenant] = channel }
            guard channel != nil else {
                state.lastNumber += 1
                channel = Channel(waiting: [stream], number: state.lastNumber)
                return .first(state.lastNumber)
            }
            guard channel?.isReady == true else {
                channel?.waiting.append(stream)
                return .waits
            }
            channel?.streams[ObjectIdentifier(stream)] = stream
            return .ready
        }
        switch opening {
        case .refused(let failure): return failure
        case .first(let number): follow(stream.tenant, number)
        case .ready: begin(stream)
        case .waits: break
        }
        startTicking()
        return nil
    }

    /// Ends all streams; no further one is opened.
    func close() {
        for stream in all({ $0.isClosed = true }) { stream.close() }
    }

    private func follow(_ tenant: String, _ number: UInt64) {
        let following = source.follow(tenant: tenant) { [weak self] frames in
            self?.publish(frames, to: tenant)
        } ready: { [weak self] isReady in
            self?.settle(tenant, number, isReady: isReady)
        }
        let isObsolete = state.withLock { state in
            guard state.channels[tenant]?.number == number else { return true }
            state.channels[tenant]?.following = following
            return false
        }
        if isObsolete { following.cancel() }
    }

    /// The events of a channel can be had, or cannot.
    private func settle(_ tenant: String, _ number: UInt64, isReady: Bool) {
        let waiting = state.withLock { state -> [LiveStream] in
            guard state.channels[tenant]?.number == number, let waiting = state.channels[tenant]?.waiting else {
                return []
            }
            state.channels[tenant]?.waiting = []
            if isReady {
                state.channels[tenant]?.isReady = true
                for stream in waiting { state.channels[tenant]?.streams[ObjectIdentifier(stream)] = stream }
            } else {
                for stream in waiting { Self.release(stream, &state) }
                state.channels[tenant] = nil
            }
            return waiting
        }
        for stream in waiting { if isReady { begin(stream) } else { stream.refuse() } }
    }

    private func begin(_ stream: LiveStream) {
        stream.begin { [weak self] in self?.remove($0) }
    }

    private func publish(_ frames: [LiveFrame], to tenant: String) {
        let streams = state.withLock { state in state.channels[tenant].map { Array($0.streams.values) } ?? [] }
        let now = clock.wallMilliseconds()
        for stream in streams { for frame in frames { stream.push(frame, nowMilliseconds: now) } }
    }

    private func remove(_ stream: LiveStream) {
        let following = state.withLock { state -> (any LiveFollowing)? in
            guard state.channels[stream.tenant]?.streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else {
                return nil
            }
            Self.release(stream, &state)
            guard let channel = state.channels[stream.tenant], channel.streams.isEmpty, channel.waiting.isEmpty else {
                return nil
            }
            state.channels[stream.tenant] = nil
            return channel.following
        }
        following?.cancel()
    }

    private static func release(_ stream: LiveStream, _ state: inout State) {
        let name = caller(stream)
        let left = state.counts[name, default: 1] - 1
        state.counts[name] = left > 0 ? left : nil
    }

    private static func caller(_ stream: LiveStream) -> String { "\(stream.tenant)/\(stream.subject)" }

    // MARK: Time

    private func all(_ change: (inout State) -> Void = { _ in }) -> [LiveStream] {
        state.withLock { state in
            change(&state)
            return state.channels.values.flatMap(\.streams.values)
        }
    }

    private func startTicking() {
        let begins = state.withLock { state in
            defer { state.isTicking = true }
            return !state.isTicking
        }
        if begins { scheduleTick() }
    }

    private func scheduleTick() {
        _ = timers.schedule(atMilliseconds: systemWallClock() + Self.tickMilliseconds) { [weak self] in self?.tick() }
    }

    private func tick() {
        let now = clock.wallMilliseconds()
        for stream in all() { stream.tick(nowMilliseconds: now) }
        let goesOn = state.withLock { state in
            state.isTicking = !state.channels.isEmpty
            return state.isTicking
        }
        if goesOn { scheduleTick() }
    }
}

extension Failure {
    static let tooManyStreams = Failure(
        429, "too_many_streams", "This caller already holds \(LiveChannels.maximumOfCaller) streams."
    )
    .with { writer in
        writer.key("retry_after")
        writer.int(1)
    }
    .with(header: "Retry-After: 1")
}
