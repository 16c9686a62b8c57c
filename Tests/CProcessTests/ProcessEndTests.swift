import CLinux
import CProcess
import Glibc
import Testing

@Suite("Ends of processes, and what they begin with")
struct ProcessEndTests {
    /// Starts a shell on the script; gives its descriptor.
    private func start(_ script: String, closingFrom first: Int32? = nil, output: Int32? = nil) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
        let closing = first.map { gantry_watch_close_from(&actions, $0) }
        #expect(closing ?? 0 == 0)
        let words = ["sh", "-c", script]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var number: pid_t = 0
        let started = posix_spawn(&number, "/bin/sh", &actions, nil, &arguments, environ)
        try #require(started == 0)
        let descriptor = gantry_pidfd_open(number)
        try #require(descriptor >= 0)
        return descriptor
    }

    private func end(of descriptor: Int32) -> gantry_watch_end {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wait, 1, -1) < 1 {}
        var end = gantry_watch_end()
        let taken = gantry_watch_take(descriptor, &end)
        var nothing = gantry_watch_end()
        let again = gantry_watch_take(descriptor, &nothing)
        #expect(taken == 1 && again == -1, "it is taken once")
        close(descriptor)
        return end
    }

    @Test(
        "a process that ends is told with its code or its signal",
        arguments: [("exit 0", 0, 0), ("exit 7", 0, 7), ("kill -SEGV $$", SIGSEGV, 0), ("kill -KILL $$", SIGKILL, 0)]
            as [(String, Int32, Int32)])
    func ends(script: String, signal: Int32, code: Int32) throws {
        let end = self.end(of: try start(script))
        #expect(end.signal == signal && end.code == code)
    }

    @Test("a process that runs has no end, until it is sent one by its descriptor")
    func runs() throws {
        let descriptor = try start("exec sleep 1000")
        var none = gantry_watch_end()
        let taken = gantry_watch_take(descriptor, &none)
        #expect(taken == 0)
        #expect(gantry_pidfd_send_signal(descriptor, SIGKILL) == 0)
        #expect(end(of: descriptor).signal == SIGKILL)
    }

    @Test("descriptors from a number on are not inherited")
    func inheritsNothing() throws {
        var ends: [Int32] = [0, 0]
        let made = pipe(&ends)
        try #require(made == 0)
        let kept = dup(ends[1])
        let descriptor = try start(
            "[ -e /proc/$$/fd/\(kept) ] && echo kept || echo gone", closingFrom: 3, output: ends[1])
        #expect(end(of: descriptor).code == 0)
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(ends[0], &bytes, bytes.count)
        #expect(count == 5 && bytes.starts(with: "gone\n".utf8))
        for one in ends + [kept] { close(one) }
    }

    @Test("a thread that goes into a module gets memory for handlers once, and keeps what it has")
    func handlerMemory() throws {
        /// What the handlers of a thread run on, before and after it went into a module twice.
        func memory(_ own: UnsafeMutableRawPointer?) throws -> [stack_t] {
            final class Found: @unchecked Sendable {
                // Guard: written by the thread that is joined before it is read.
                var stacks: [stack_t] = []
                let own: UnsafeMutableRawPointer?
                init(_ own: UnsafeMutableRawPointer?) { self.own = own }
            }
            let found = Found(own)
            var thread = pthread_t()
            let started = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let found = Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
                    if let own = found.own {
                        var wanted = stack_t(ss_sp: own, ss_flags: 0, ss_size: 1 << 16)
                        sigaltstack(&wanted, nil)
                    }
                    for _ in 0..<3 {
                        var present = stack_t()
                        sigaltstack(nil, &present)
                        found.stacks.append(present)
                        gantry_crash_leave(gantry_crash_enter(nil, nil))
                    }
                    return nil
                }, Unmanaged.passUnretained(found).toOpaque())
            try #require(started == 0)
            pthread_join(thread, nil)
            return withExtendedLifetime(found) { found.stacks }
        }
        let without = try memory(nil)
        #expect(without[0].ss_flags & Int32(SS_DISABLE) != 0 && without[1].ss_flags == 0)
        #expect(without[1].ss_size >= 1 << 16 && without[1].ss_sp == without[2].ss_sp)
        let own = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { own.deallocate() }
        #expect(try memory(own).allSatisfy { $0.ss_sp == own && $0.ss_flags == 0 })
    }

    @Test("where a thread is nests, and is the thread's own")
    func places() {
        let (module, activity) = (strdup("module"), strdup("work"))
        defer {
            free(module)
            free(activity)
        }
        var place = gantry_crash_place(module: module, version: module, tenant: module)
        withUnsafePointer(to: &place) { place in
            let outside = gantry_crash_enter(place, activity)
            let inside = gantry_crash_enter(nil, nil)
            #expect(outside.place == nil && inside.place == place)
            gantry_crash_leave(inside)
            let again = gantry_crash_enter(place, activity)
            #expect(again.place == place)
            gantry_crash_leave(again)
            gantry_crash_leave(outside)
        }
        let last = gantry_crash_enter(nil, nil)
        #expect(last.place == nil)
        gantry_crash_leave(last)
    }
}
