import CGantry
import GantryThreads
import Synchronization

/// An open WebSocket of one instance: what arrives is handed to the module in order, one event at a time. Any thread.
final class ModuleSocket: SocketReceiver {
    static let table = HandleTable<ModuleSocket>(kind: 9)

    /// Counted for each message that waits, besides its bytes.
    private static let messageBytes = 64

    /// What the module wants to be called. Guard: the module promises that the context may be used on any thread; only
    /// its own function ever does, one call at a time.
    struct Function: @unchecked Sendable {
        let function: gantry_socket_fn_v1
        let context: UnsafeMutableRawPointer?
    }

    private struct Message {
        let isText: Bool
        let bytes: [UInt8]
    }

    private struct State {
        var messages: [Message] = []
        /// The message that the module left untaken, or that is being handed over.
        var next: Message?
        var heldBytes = 0
        /// The module wants nothing until it resumes; so it begins.
        var isPaused = true
        /// How often it was resumed: that may come before the refusal of a message has returned.
        var resumeCount = 0
        /// `accept` is still on the stack.
        var isOpening = true
        /// A thread hands events over, or is about to.
        var isDelivering = false
        var holdsReading = false
        var hasRoom = false
        var end: (code: Int, reason: [UInt8])?
        /// Messages that wait are nobody's any more.
        var dropsMessages = false
        var isOver = false
    }

    private enum Step {
        case message(Message)
        case room
        case end(code: Int, reason: [UInt8])
        case nothing
    }

    let instance: ModuleInstance
    private let call: ModuleCall
    let port: any SocketPort
    private let function: Function
    private let state = Lock(State())
    private let handleBox = Atomic<UInt64>(0)

    /// Names the socket.
    var handle: UInt64 { handleBox.load(ordering: .acquiring) }

    init(call: ModuleCall, port: any SocketPort, function: Function) {
        self.call = call
        instance = call.instance
        self.port = port
        self.function = function
        handleBox.store(Self.table.insert(self), ordering: .releasing)
        // Its end is awaited when the instance stops, as that of a call is.
        instance.sockets.add(1, ordering: .relaxed)
    }

    /// The client had left: nothing will be called.
    func abandon() {
        Self.table.release(handle)
        instance.sockets.subtract(1, ordering: .releasing)
    }

    /// `accept` is over.
    func opened() {
        state.withLock { $0.isOpening = false }
        deliver()
    }

    /// Closes all sockets of an instance that is being stopped.
    static func closeAll(of instance: ModuleInstance) {
        guard instance.sockets.load(ordering: .acquiring) > 0 else { return }
        var (code, reason) = instance.closing
        for socket in table.objects(where: { $0.instance === instance }) {
            _ = reason.withUTF8 { socket.port.close(code: code, reason: UnsafeRawBufferPointer($0)) }
            // What waits for a module that has not resumed would keep the end from it.
            socket.state.withLock { $0.dropsMessages = true }
            socket.deliver()
        }
    }

    /// Closes what its module has failed on.
    func fail() {
        var reason = "internal error"
        _ = reason.withUTF8 { port.close(code: 1011, reason: UnsafeRawBufferPointer($0)) }
    }

    func resume() {
        state.withLock { state in
            state.isPaused = false
            state.resumeCount += 1
        }
        deliver()
    }

    // MARK: SocketReceiver

    func receive(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let (isDirect, readsOn) = state.withLock { state -> (Bool, Bool) in
            if state.isOver || state.dropsMessages { return (false, true) }
            let isIdle = !state.isPaused && !state.isDelivering && state.next == nil && state.messages.isEmpty
            if isIdle && port.place == .eventLoop {
                state.isDelivering = true
                return (true, true)
            }
            return (false, Self.keep(Message(isText: isText, bytes: Array(bytes)), port.windowBytes, &state))
        }
        guard isDirect else {
            deliver()
            return readsOn
        }
        // Nothing is copied on the shortest way.
        let resumeCount = state.withLock { $0.resumeCount }
        let status = hand(isText ? GANTRY_SOCKET_TEXT : GANTRY_SOCKET_BINARY, 0, bytes)
        let goesOn = state.withLock { state -> Bool in
            guard status == .busy else { return true }
            state.isPaused = state.resumeCount == resumeCount
            state.next = Message(isText: isText, bytes: Array(bytes))
            state.heldBytes += bytes.count + Self.messageBytes
            state.holdsReading = state.heldBytes >= port.windowBytes
            return !state.holdsReading
        }
        if status != .ok && status != .busy { fail() }
        deliverAll()
        return goesOn
    }

    private static func keep(_ message: Message, _ window: Int, _ state: inout State) -> Bool {
        state.heldBytes += message.bytes.count + messageBytes
        state.messages.append(message)
        if state.heldBytes >= window { state.holdsReading = true }
        return !state.holdsReading
    }

    func receiveRoom() {
        state.withLock { $0.hasRoom = true }
        deliver()
    }

    func receiveEnd(code: Int, reason: [UInt8], isOrderly: Bool) {
        state.withLock { state in
            state.end = (code, reason)
            if !isOrderly { state.dropsMessages = true }
        }
        deliver()
    }

    // MARK: To the module

    /// Hands over what there is, away from whoever is on the stack now.
    private func deliver() {
        let isNeeded = state.withLock { state in
            if state.isDelivering || state.isOver || state.isOpening { return false }
            let hasMessage = !state.isPaused && (state.next != nil || !state.messages.isEmpty)
            let isEnding = state.end != nil && (state.dropsMessages || (state.next == nil && state.messages.isEmpty))
            guard state.hasRoom || hasMessage || isEnding else { return false }
            state.isDelivering = true
            return true
        }
        guard isNeeded else { return }
        let isAccepted =
            port.place == .short
            ? instance.work.submit { [self] in deliverAll() } : port.submit { [self] in deliverAll() }
        // An instance that is being stopped takes no more work, but must still learn of the end.
        if !isAccepted { deliverAll() }
    }

    private func deliverAll() {
        while true {
            switch next() {
            case .nothing: return
            case .room: hand(GANTRY_SOCKET_WRITABLE, 0, UnsafeRawBufferPointer(start: nil, count: 0))
            case .message(let message): hand(message)
            case .end(let code, let reason):
                Self.table.release(handle)
                reason.withUnsafeBytes { _ = hand(GANTRY_SOCKET_CLOSED, UInt32(clamping: code), $0) }
                port.release()
                call.finishAnswer()
                instance.sockets.subtract(1, ordering: .releasing)
                return
            }
        }
    }

    private func next() -> Step {
        state.withLock { state in
            if state.hasRoom && state.end == nil {
                state.hasRoom = false
                return .room
            }
            if state.dropsMessages {
                state.next = nil
                state.messages = []
            }
            if state.next == nil, !state.messages.isEmpty { state.next = state.messages.removeFirst() }
            if let message = state.next {
                if !state.isPaused { return .message(message) }
            } else if let end = state.end {
                state.isOver = true
                return .end(code: end.code, reason: end.reason)
            }
            state.isDelivering = false
            return .nothing
        }
    }

    private func hand(_ message: Message) {
        let resumeCount = state.withLock { $0.resumeCount }
        let status = message.bytes.withUnsafeBytes {
            hand(message.isText ? GANTRY_SOCKET_TEXT : GANTRY_SOCKET_BINARY, 0, $0)
        }
        let readsOn = state.withLock { state -> Bool in
            if status == .busy {
                state.isPaused = state.resumeCount == resumeCount
                return false
            }
            state.next = nil
            state.heldBytes -= message.bytes.count + Self.messageBytes
            guard state.holdsReading, state.heldBytes <= port.windowBytes / 2 else { return false }
            state.holdsReading = false
            return true
        }
        if readsOn { port.resumeReading() }
        if status != .ok && status != .busy { fail() }
    }

    @discardableResult
    private func hand(_ event: gantry_socket_event_v1, _ code: UInt32, _ bytes: UnsafeRawBufferPointer) -> ModuleStatus
    {
        let mayWait = port.place == .waiting
        return ModuleStatus(
            rawValue: instance.enter(mayWait: mayWait) {
                function.function(function.context, event.rawValue, code, gantry_str_v1(bytes))
            })
    }
}
