import CCurl
import GantryThreads

/// Drives all transfers with libcurl's multi interface on one thread.
final class OutboundEngine: Sendable {
    enum Command {
        case start(Transfer)
        case cancel(OutboundTask)
        case resume(OutboundTask)
        case close(OutboundScope)
    }

    private struct State {
        var commands: [Command] = []
        var multi: Handle?
        var thread: ThreadPool?
        var isStopped = false
    }

    /// libcurl's handle. Guard: the engine's thread uses it; `curl_multi_wakeup` alone may be called on any thread, and
    /// is called under the lock that guards the handle's end.
    private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private static let idleTime = Duration.seconds(60)
    private static let pollMilliseconds: Int32 = 30_000
    /// Idle connections that one scope keeps.
    private static let keptConnections = 8
    static let globalStatus = gantry_curl_global_init()

    private let state = Lock(State())

    /// Hands the thread something to do. After `stop` what would start is ended, everything else is forgotten.
    func send(_ command: Command) {
        let isTaken = state.withLock { state in
            if state.isStopped { return false }
            if state.multi == nil, case .start = command { start(&state) }
            guard let multi = state.multi else { return false }
            state.commands.append(command)
            curl_multi_wakeup(multi.pointer)
            return true
        }
        if !isTaken, case .start(let transfer) = command {
            transfer.end(OutboundError(.cancelled, "The host is stopping."))
        }
    }

    private func start(_ state: inout State) {
        guard Self.globalStatus == CURLE_OK, let multi = curl_multi_init() else { return }
        gantry_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.keptConnections)
        let handle = Handle(pointer: multi)
        state.multi = handle
        state.thread = ThreadPool(name: "outbound", threadCount: 1)
        _ = state.thread?.submit { [self] in work(handle) }
    }

    func stop() {
        let thread = state.withLock { state in
            state.isStopped = true
            if let multi = state.multi { curl_multi_wakeup(multi.pointer) }
            return state.thread.take()
        }
        thread?.stop()
    }

    private func work(_ handle: Handle) {
        var loop = OutboundLoop(multi: handle.pointer, idleTime: Self.idleTime)
        while true {
            let (commands, isStopped) = state.withLock { state in
                defer { state.commands = [] }
                return (state.commands, state.isStopped)
            }
            for command in commands { loop.perform(command) }
            if isStopped { break }
            loop.advance()
            var count: Int32 = 0
            curl_multi_poll(loop.multi, nil, 0, Self.pollMilliseconds, &count)
        }
        loop.endAll()
        state.withLock { $0.multi = nil }
        curl_multi_cleanup(loop.multi)
    }
}

/// What the engine's thread remembers.
private struct OutboundLoop {
    let multi: UnsafeMutableRawPointer
    let idleTime: Duration
    /// By the address of libcurl's handle.
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var tasks: [ObjectIdentifier: Transfer] = [:]
    /// Scopes that keep connections.
    private var scopes: [ObjectIdentifier: OutboundScope] = [:]

    init(multi: UnsafeMutableRawPointer, idleTime: Duration) {
        self.multi = multi
        self.idleTime = idleTime
    }

    mutating func perform(_ command: OutboundEngine.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let task):
            if let transfer = tasks[ObjectIdentifier(task)] { end(transfer, Transfer.cancellation) }
        case .resume(let task):
            if let transfer = tasks[ObjectIdentifier(task)] { transfer.resume() }
        case .close(let scope):
            for transfer in tasks.values where transfer.scope === scope { end(transfer, Transfer.cancellation) }
            dropConnections(of: scope)
        }
    }

    /// Lets libcurl do what it can, and ends or redirects what is finished.
    mutating func advance() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(multi, &waiting) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers[easy]
            else { continue }
            // The message's memory ends with the next call on the handle.
            finish(transfer, gantry_curl_result(message))
        }
        for scope in scopes.values where scope.transferCount == 0 && Deadline.after(.zero - idleTime) > scope.lastUse {
            dropConnections(of: scope)
        }
    }

    mutating func endAll() {
        for transfer in tasks.values {
            end(transfer, OutboundError(.cancelled, "The host is stopping."))
        }
        for scope in scopes.values { dropConnections(of: scope) }
    }

    private mutating func start(_ transfer: Transfer) {
        let scope = transfer.scope
        if transfer.task.isCancelled || scope.isClosed { return transfer.end(Transfer.cancellation) }
        if scope.connections == nil {
            scope.connections = curl_share_init()
            gantry_curl_share_connections(scope.connections)
            scopes[ObjectIdentifier(scope)] = scope
        }
        guard let easy = transfer.prepare() else {
            return transfer.end(OutboundError(.unreachable, "There is no memory for the request."))
        }
        scope.transferCount += 1
        transfers[easy] = transfer
        tasks[ObjectIdentifier(transfer.task)] = transfer
        curl_multi_add_handle(multi, easy)
    }

    private mutating func finish(_ transfer: Transfer, _ result: CURLcode) {
        guard let easy = transfer.easy else { return }
        curl_multi_remove_handle(multi, easy)
        do throws(OutboundError) {
            if try transfer.redirect(after: result) {
                curl_multi_add_handle(multi, easy)
                return
            }
            end(transfer, transfer.failure(of: result))
        } catch {
            end(transfer, error)
        }
    }

    private mutating func end(_ transfer: Transfer, _ failure: OutboundError?) {
        guard let easy = transfer.easy, transfers.removeValue(forKey: easy) != nil else { return }
        tasks.removeValue(forKey: ObjectIdentifier(transfer.task))
        curl_multi_remove_handle(multi, easy)
        transfer.scope.transferCount -= 1
        transfer.scope.lastUse = .now
        transfer.end(failure)
    }

    private mutating func dropConnections(of scope: OutboundScope) {
        guard let connections = scope.connections else { return }
        curl_share_cleanup(connections)
        scope.connections = nil
        scopes.removeValue(forKey: ObjectIdentifier(scope))
    }
}
