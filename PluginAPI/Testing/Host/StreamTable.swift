import CGantry
import GantryKit

/// `gantry.stream`: bodies piece by piece. The client reads all that it is sent once the module has to wait.
enum StreamTable {
    static let table = gantry_stream_v1(
        watch: { call, wake, context in
            TestHost.with(call, "gantry.stream watch") { host, call in
                guard let wake else { return .invalid }
                return host.state.withLock { _ in
                    guard call.kind == .request else { return .invalid }
                    if call.watcher != nil { return .already }
                    call.watcher = (wake, context)
                    return .ok
                }
            }
        },
        read: { call, out, capacity, outSize in
            TestHost.with(call, "gantry.stream read") { host, call in
                guard let out, let outSize, capacity > 0 else { return .invalid }
                return host.state.withLock { _ in read(host, call, out, Int(capacity), outSize) }
            }
        },
        start: { call, status, type, headers, count in
            TestHost.with(call, "gantry.stream start") { host, call in
                guard (100...599).contains(status) else { return .invalid }
                return host.state.withLock { _ in
                    if call.isAnswered || call.isStarted { return .already }
                    if call.isOver { return .stale }
                    call.isStarted = true
                    call.response = TestResponse(
                        status: Int(status), contentType: type.copy,
                        headers: SystemTables.fields(headers, count).map { (name: $0.0, value: $0.1) })
                    return .ok
                }
            }
        },
        write: { call, bytes, outAccepted in
            TestHost.with(call, "gantry.stream write") { host, call in
                let bytes = bytes.copiedBytes
                let status = host.state.withLock { state -> Status in
                    outAccepted?.pointee = 0
                    guard call.isStarted else { return .invalid }
                    if call.isOver { return .stale }
                    let room = max(0, state.credit - call.unread)
                    guard room > 0 || bytes.isEmpty else {
                        wake(host, call, GANTRY_STREAM_WRITABLE)
                        return .busy
                    }
                    let taken = Array(bytes.prefix(room))
                    call.unread += state.credit == .max ? 0 : taken.count
                    call.response?.body += taken
                    call.response?.pieces.append(taken)
                    outAccepted?.pointee = UInt64(taken.count)
                    return .ok
                }
                host.state.broadcast()
                return status
            }
        },
        finish: { call in end(call, "gantry.stream finish", isBrokenOff: false) },
        reset: { call in end(call, "gantry.stream reset", isBrokenOff: true) },
        wait: { call, events, outEvents in
            TestHost.with(call, "gantry.stream wait", waits: true) { host, call in
                host.state.withLock { _ in
                    if call.watcher != nil { return .invalid }
                    if call.isOver || call.isCancelled { return .cancelled }
                    call.unread = 0
                    outEvents?.pointee = events & ~GANTRY_STREAM_CLOSED.rawValue
                    return .ok
                }
            }
        })

    private static func read(
        _ host: TestHost, _ call: TestCall, _ out: UnsafeMutablePointer<UInt8>, _ capacity: Int,
        _ outSize: UnsafeMutablePointer<UInt64>
    ) -> Status {
        outSize.pointee = 0
        if call.isOver { return .stale }
        guard let piece = call.body.first else { return .end }
        if call.isFirstRead {
            // A body never has arrived when it is asked for first: that way every module meets both answers.
            call.isFirstRead = false
            wake(host, call, GANTRY_STREAM_READABLE)
            return .busy
        }
        let taken = piece.prefix(capacity)
        for (index, byte) in taken.enumerated() { out[index] = byte }
        outSize.pointee = UInt64(taken.count)
        call.body[0].removeFirst(taken.count)
        if call.body[0].isEmpty {
            call.body.removeFirst()
            call.isFirstRead = true
        }
        return .ok
    }

    /// Wakes whoever watches, soon; with the lock of the host's state held.
    private static func wake(_ host: TestHost, _ call: TestCall, _ event: gantry_stream_event_v1) {
        guard let watcher = call.watcher else { return }
        host.threads.submit(
            .init {
                let isOver = host.state.withLock { _ in
                    call.unread = 0
                    return call.isOver
                }
                if !isOver { _ = watcher.wake(watcher.context, event.rawValue) }
            })
    }

    private static func end(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, isBrokenOff: Bool
    ) -> Int32 {
        TestHost.with(call, function) { host, call in
            let status = host.state.withLock { _ -> Status in
                if call.isOver { return .stale }
                guard call.isStarted || isBrokenOff else { return .invalid }
                if call.isAnswered { return .already }
                call.isAnswered = true
                if call.response == nil { call.response = TestResponse(status: 0) }
                call.response?.isBrokenOff = isBrokenOff
                return .ok
            }
            if status == .ok { host.finish(call) }
            return status
        }
    }
}
