import CGantry

/// `gantry.stream`: bodies by credit. Any thread; the call's handle decides whether it still may.
enum StreamTable {
    static let watch:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_wake_fn_v1?, UnsafeMutableRawPointer?) -> Int32 = {
            call, wake, context in
            guard let wake else { return ModuleStatus.invalid.rawValue }
            return withStream(call, "gantry.stream.watch") { _, stream in stream.watch(wake, context) ? .ok : .already }
        }

    static let read:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<UInt8>?, UInt64, UnsafeMutablePointer<UInt64>?
        ) -> Int32 = { call, memory, capacity, outSize in
            guard let memory, let outSize, capacity > 0, capacity <= UInt64(Int.max) else {
                return ModuleStatus.invalid.rawValue
            }
            return withStream(call, "gantry.stream.read") { _, stream in
                let (status, size) = stream.port.read(
                    into: UnsafeMutableRawBufferPointer(start: memory, count: Int(capacity)))
                outSize.pointee = UInt64(size)
                return status
            }
        }

    static let start:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_str_v1, UnsafePointer<gantry_field_v1>?, UInt64
        ) -> Int32 = { call, httpStatus, contentType, headers, headerCount in
            // 204 and 304 have no body that could be streamed.
            guard (200...599).contains(httpStatus), httpStatus != 204, httpStatus != 304,
                let fields = ResponseTable.fields(contentType, headers, headerCount)
            else { return ModuleStatus.invalid.rawValue }
            return withStream(call, "gantry.stream.start") { call, stream in
                guard call.claimAnswer() else { return .already }
                call.beginStreaming()
                return stream.port.start(
                    status: Int(httpStatus), contentType: contentType.buffer, headers: fields) ? .ok : .stale
            }
        }

    static let write:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafeMutablePointer<UInt64>?) -> Int32 = {
            call, bytes, outAccepted in
            guard bytes.isSpan, let outAccepted else { return ModuleStatus.invalid.rawValue }
            return withStream(call, "gantry.stream.write") { _, stream in
                let (status, size) = stream.port.write(bytes.buffer)
                outAccepted.pointee = UInt64(size)
                return status
            }
        }

    static let finish: @convention(c) (UnsafePointer<gantry_call_v1>?) -> Int32 = { call in
        end(call) { $0.finish() }
    }

    static let reset: @convention(c) (UnsafePointer<gantry_call_v1>?) -> Int32 = { call in
        end(call) { $0.reset() }
    }

    static let wait: @convention(c) (UnsafePointer<gantry_call_v1>?, UInt32, UnsafeMutablePointer<UInt32>?) -> Int32 = {
        call, events, outEvents in
        let wanted = StreamSignals(rawValue: events)
        guard let outEvents, !wanted.isEmpty, wanted.isSubset(of: [.readable, .writable]) else {
            return ModuleStatus.invalid.rawValue
        }
        return withStream(call, "gantry.stream.wait") { call, stream in
            guard ThreadRule.mayWait else { return .thread }
            if stream.isWatched { return .invalid }
            guard let found = stream.wait(for: wanted, deadlineNanoseconds: call.waitingDeadlineNanoseconds)
            else { return .cancelled }
            outEvents.pointee = found.rawValue
            return .ok
        }
    }

    private static func withStream(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: StaticString,
        _ body: (ModuleCall, CallStream) -> ModuleStatus
    ) -> Int32 {
        guard let found = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
        let status = found.stream.map { body(found, $0) } ?? .invalid
        // That a call ends while it is streamed, or that too much is sent, is the client's doing.
        if [.invalid, .already, .thread].contains(status) { Misuse.note(call, function, status) }
        return status.rawValue
    }

    private static func end(_ call: UnsafePointer<gantry_call_v1>?, _ finish: (any StreamPort) -> Void) -> Int32 {
        withStream(call, "gantry.stream.finish") { call, stream in
            guard call.isStreaming else { return .invalid }
            finish(stream.port)
            call.finishAnswer()
            return .ok
        }
    }
}
