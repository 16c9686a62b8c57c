import CGantry
import CGantryProxy
import GantryKitTesting
import Glibc

/// Makes the recorded calls of a module on another build of it, and gives it the recorded answers of the host.
///
/// `@unchecked Sendable`: `state` guards what changes.
final class Replay: @unchecked Sendable {
    /// Something that the build does otherwise.
    struct Difference {
        /// The outermost call in which it shows.
        let call: String
        let recorded: String
        let found: String
    }

    private struct State {
        /// What each thread still expects of the module, by the calls that it is inside of.
        var expected: [UInt: [[RecordedCall]]] = [:]
        /// Calls of threads that the module has of its own.
        var others: [RecordedCall] = []
        /// This build's numbers for the recorded ones of functions, modules and instances.
        var tokens: [UInt64: UInt64] = [:]
        var differences: [Difference] = []
        var outer = ""
        var isLost = false
    }

    // Guard: `lock`, held only while no module's function runs.
    private var state = State()
    private var lock = pthread_mutex_t()
    nonisolated(unsafe) private static var current: Replay?  // set once, before the module is entered
    private let recording: RecordingReader

    init(_ recording: RecordingReader) {
        self.recording = recording
        pthread_mutex_init(&lock, nil)
        state.others = recording.outermost.filter(\.isToHost)
    }

    private func locked<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(&lock)
        defer { pthread_mutex_unlock(&lock) }
        return body(&state)
    }

    /// Plays everything to the library at `path`; the outermost calls made, and what was otherwise. Throws
    /// `TestFailure`.
    func run(_ path: String) throws -> (calls: Int, differences: [Difference]) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
            let symbol = dlsym(handle, "gantry_entry_v1")
        else { throw TestFailure("\(path): \(dlerror().map { String(cString: $0) } ?? "no gantry_entry_v1")") }
        Self.current = self
        var token: UInt64 = 0
        let status = gantry_proxy_replay(
            unsafeBitCast(symbol, to: gantry_entry_fn_v1.self), { Replay.answer($0, $1, $2) }, &token)
        guard status == GANTRY_OK.rawValue else { throw TestFailure("gantry_entry_v1 answered \(status)") }
        var count = 0
        for call in recording.outermost where !call.isToHost {
            if call.answer == nil { break }
            let kind = FrameText.word(call.request[...], at: 0)
            let first = FrameText.word(call.request[...], at: kind == 4 ? 8 : 24)
            locked { state in
                // The first of all asks the module for its tables; it names the module.
                if count == 0 { state.tokens[first] = token }
                state.outer = "call \(call.number), \(call.summary)"
                state.isLost = false
            }
            play(call)
            count += 1
        }
        return (count, locked { $0.differences })
    }

    // MARK: calls of the module

    private func play(_ call: RecordedCall) {
        let thread = UInt(pthread_self())
        var request = call.request
        locked { state in
            // Where a request names a module, an instance or a function of the module.
            let place = [3: 24, 4: 8, 5: 16][FrameText.word(request[...], at: 0)] ?? 0
            let recorded = FrameText.word(request[...], at: place)
            if let own = state.tokens[recorded], place > 0 {
                withUnsafeBytes(of: own.littleEndian) { request.replaceSubrange(place..<place + 8, with: $0) }
            }
            state.expected[thread, default: []].append(call.inner.filter(\.isToHost))
        }
        var frame = gantry_proxy_frame()
        gantry_proxy_frame_begin(&frame)
        gantry_proxy_replay_call(request, UInt64(request.count), &frame)
        let answer = Array(UnsafeBufferPointer(start: frame.bytes, count: Int(frame.size)))
        gantry_proxy_frame_end(&frame)
        locked { state in
            let left = state.expected[thread]?.popLast() ?? []
            guard !state.isLost else { return }
            if let missing = left.first {
                Self.note(&state, recorded: "the host is called: \(missing.summary)", found: "it is not")
            } else if let recorded = call.answer, !Self.same(recorded, answer, &state) {
                let isAlike = Self.status(recorded) == Self.status(answer)
                Self.note(
                    &state, recorded: "it answers \(Self.status(recorded))",
                    found:
                        "it answers \(Self.status(answer))\(isAlike ? " with something else" : "")"
                )
            }
        }
    }

    private static func status(_ answer: [UInt8]) -> String {
        "\(Int64(bitPattern: FrameText.word(answer[...], at: 0)))"
    }

    private static func note(_ state: inout State, recorded: String, found: String) {
        // What follows the first difference within a call follows from it.
        state.isLost = true
        state.differences.append(Difference(call: state.outer, recorded: recorded, found: found))
    }

    // MARK: calls of the host

    private static func answer(
        _ bytes: UnsafePointer<UInt8>?, _ size: UInt64, _ out: UnsafeMutablePointer<gantry_proxy_frame>?
    ) -> Int32 {
        guard let current else { return GANTRY_E_STALE.rawValue }
        let request = Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
        return current.answer(request, out)
    }

    private func answer(_ request: [UInt8], _ out: UnsafeMutablePointer<gantry_proxy_frame>?) -> Int32 {
        let thread = UInt(pthread_self())
        let found = locked { state -> RecordedCall? in
            guard let depth = state.expected[thread]?.count, depth > 0 else {
                guard let index = state.others.firstIndex(where: { Self.same($0.request, request, &state) }) else {
                    return nil
                }
                return state.others.remove(at: index)
            }
            guard !state.isLost else { return nil }
            let text = FrameText.summary(request, isToHost: true)
            guard let next = state.expected[thread]?[depth - 1].first else {
                Self.note(&state, recorded: "the host is not called any more", found: "the host is called: \(text)")
                return nil
            }
            guard Self.same(next.request, request, &state) else {
                Self.note(
                    &state, recorded: "the host is called: \(next.summary)", found: "the host is called: \(text)")
                return nil
            }
            state.expected[thread]?[depth - 1].removeFirst()
            return next
        }
        guard let found, let answer = found.answer else { return GANTRY_E_FAILED.rawValue }
        for inner in found.inner where !inner.isToHost { play(inner) }
        gantry_proxy_frame_append(out, answer, UInt64(answer.count))
        return GANTRY_OK.rawValue
    }

    /// Whether both say the same; numbers of functions and instances may differ, but must do so everywhere alike.
    private static func same(_ recorded: [UInt8], _ found: [UInt8], _ state: inout State) -> Bool {
        guard recorded.count == found.count else { return false }
        if recorded == found { return true }
        var learned: [UInt64: UInt64] = [:]
        for offset in stride(from: 0, to: recorded.count, by: 8) {
            let (old, new) = (FrameText.word(recorded[...], at: offset), FrameText.word(found[...], at: offset))
            if old == new { continue }
            let tokens: ClosedRange<UInt64> = 1 << 24...(1 << 56) - 1
            guard tokens.contains(old), tokens.contains(new) else { return false }
            guard (state.tokens[old] ?? learned[old] ?? new) == new else { return false }
            learned[old] = new
        }
        state.tokens.merge(learned) { known, _ in known }
        return true
    }
}
