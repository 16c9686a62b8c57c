import CGantry
import GantryKit
import GantryKitTesting
import Glibc

// What lies at the borders of the interface: what is not there, what ends early, what must not stay.
extension Check {
    static func revisions(_ subject: Subject) throws {
        let module = try subject.load()
        for (id, revision) in [
            ("gantry.nobody.has.this", 1), ("", 1), (GANTRY_LIFECYCLE_ID, 0), (GANTRY_LIFECYCLE_ID, 4_000_000_000),
            (GANTRY_HTTP_ID, 4_000_000_000),
        ] as [(String, UInt32)] {
            let (status, isThere) = module.ask(id, revision: revision)
            guard status == .unsupported, !isThere else {
                let answer = isThere ? "\(status) and a table" : "\(status)"
                throw Fault(
                    "the module's query for `\(id)` of revision \(revision) answers \(answer)"
                        + ": answer GANTRY_E_UNSUPPORTED")
            }
        }
        // An older host lacks a table: the module may refuse to be created, or do without.
        for missing in TestHost.tableNames.map({ [$0] }) + [TestHost.tableNames] {
            let host: TestHost
            do {
                host = try subject.host(module, TestHost.Setup(unsupported: Set(missing)))
            } catch let error as HostError {
                guard error.status.isFailure else { throw Fault("create without \(missing) fails without a status") }
                continue
            }
            // Without a way to answer nothing can be asked.
            guard !missing.contains(GANTRY_RESPONSE_ID) else { continue }
            var driver = Driver(subject, host)
            for step in Driver.steps(subject.bundle) {
                _ = try driver.take(step)
                try driver.judge(step)
            }
            try host.stop()
        }
    }

    static func order(_ subject: Subject) throws {
        let module = try subject.load()
        for _ in 0..<20 {
            // Created, and not started: as when the start of another instance fails.
            var setup = TestHost.Setup()
            setup.starts = false
            _ = try subject.host(module, setup)
            try subject.host(module).stop()
        }
        let host = try subject.host(module)
        for step in Driver.steps(subject.bundle) {
            guard case .operation(let route) = step, !route.streamsBody, !route.opensSocket else { continue }
            // Ended while calls are under way that are answered later.
            let other = try subject.host(module, TestHost.Setup(tenant: "leaving"))
            var driver = Driver(subject, other)
            _ = try driver.begin(route)
            try other.stop()
            try driver.judge(step)
        }
        try host.stop()
    }

    static func state(_ subject: Subject) throws {
        let module = try subject.load()
        guard module.ask(GANTRY_STATE_ID, revision: 1).1 else {
            throw NotConcerned(description: "the module hands nothing over to the next generation")
        }
        let old = try subject.host(module)
        var driver = Driver(subject, old)
        for step in Driver.steps(subject.bundle) { _ = try driver.take(step) }
        guard let state = try old.exportState() else { return try old.stop() }
        try old.stop()
        let new = try subject.host(module)
        guard try new.importState(state) else {
            throw Fault("what was exported as version \(state.version) is not known to the very build that wrote it")
        }
        driver = Driver(subject, new)
        for step in Driver.steps(subject.bundle) {
            _ = try driver.take(step)
            try driver.judge(step)
        }
        try new.stop()
        let foreign = try subject.host(module)
        guard try !foreign.importState(ModuleState(version: .max, bytes: state.bytes)) else {
            throw Fault("state of the version \(UInt32.max) is taken over: answer GANTRY_E_UNSUPPORTED")
        }
        try foreign.stop()
        for number in 0..<20 {
            let host = try subject.host(module)
            var dice = Dice(subject.seed &+ UInt64(number))
            var bytes = state.bytes
            if bytes.isEmpty || number < 2 { bytes = number == 0 ? [] : [UInt8](repeating: 0xFF, count: 1000) }
            for _ in 0..<(bytes.isEmpty ? 0 : 1 + number % 4) {
                bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            // Refused or taken: only the answer counts, and that the instance is not the worse for it.
            _ = try? host.importState(ModuleState(version: state.version, bytes: bytes))
            try host.stop()
        }
    }

    static func cancelledAnywhere(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        for (number, route) in subject.bundle.routes.enumerated() {
            let step = Driver.Step.operation(route)
            var counting = Driver(subject, host, salt: UInt64(number))
            let before = host.functionsCalled.count
            _ = try counting.take(step)
            for position in 0..<min(subject.isThorough ? .max : 40, host.functionsCalled.count - before) {
                host.leave(afterCalls: position)
                TestActivity.set(circumstance: "where the client leaves at its call \(position + 1) of the host")
                var driver = Driver(subject, host, salt: UInt64(number))
                // Whose client has left may be answered by nothing.
                _ = try? driver.take(step)
                host.leave(afterCalls: nil)
                TestActivity.set(circumstance: "")
                guard host.isIdle(within: .seconds(5)) else {
                    throw Fault(
                        "\(step) goes on for ever when its client leaves at its call \(position + 1) of the host")
                }
                try driver.judge(step)
            }
            _ = try counting.take(step)
            try counting.judge(step)
        }
        try host.stop()
    }

    static func growth(_ subject: Subject) throws {
        // With freed memory kept back, sizes say nothing; there leaks are found at the end of the process.
        guard !ProcessUse.keepsFreedMemory else { return }
        let host = try subject.host(subject.load())
        let calls = subject.isThorough ? 1000 : 60
        for step in Driver.steps(subject.bundle) {
            guard try growth(of: step, host, subject, calls: calls) >= 24 else { continue }
            // A table or a cache of the module's own may have filled; a leak goes on for ever.
            let bytes = try growth(of: step, host, subject, calls: calls * 20)
            guard bytes < 24 else {
                throw Fault("\(step) leaves \(bytes) bytes behind with each call, round after round: free them")
            }
        }
        try host.stop()
    }

    /// The bytes that each call leaves behind in the round that leaves least.
    private static func growth(of step: Driver.Step, _ host: TestHost, _ subject: Subject, calls: Int) throws -> Int {
        var growths: [Int] = []
        for _ in 0..<4 {
            // The same calls each time: what they lead to is known after the first round.
            var driver = Driver(subject, host, salt: 3)
            host.forgetWhatWasTold()
            let before = ProcessUse.allocatedBytes
            for _ in 0..<calls {
                _ = try driver.take(step)
                host.forgetWhatWasTold()
            }
            try driver.judge(step)
            growths.append(ProcessUse.allocatedBytes - before)
        }
        return (growths.dropFirst().min() ?? 0) / calls
    }

    static func leak(_ subject: Subject) throws {
        let module = try subject.load()
        let mark = "leak\(String(subject.seed % 900_000 + 100_000))"
        let writer = try subject.host(module, TestHost.Setup(tenant: "tenant-\(mark)"))
        let reader = try subject.host(module, TestHost.Setup(tenant: "reader"))
        var writing = Driver(subject, writer, mark: mark)
        var reading = Driver(subject, reader, salt: 1)
        let steps = Driver.steps(subject.bundle)
        var names: [String] = []
        for _ in 0..<(subject.isThorough ? 50 : 5) {
            for step in steps {
                let outcome = try writing.take(step)
                names += outcome.names.filter { !$0.contains(mark) }.prefix(20)
                writer.forgetWhatWasTold()
                for step in steps {
                    _ = try reading.take(step)
                    try listen(for: mark, at: reader, after: "\(step) of another tenant")
                }
            }
            // What the writer has is asked for by its own names.
            for name in Set(names).sorted().prefix(40) {
                for case .operation(let route) in steps where route.path.contains("{") {
                    _ = try reading.take(.operation(route), parameter: name)
                    try listen(for: mark, at: reader, after: "operation `\(route.operation)` with `\(name)`")
                }
            }
            names = []
        }
        try writer.stop()
        try reader.stop()
        try listen(for: mark, at: reader, after: "stop")
    }

    private static func listen(for mark: String, at host: TestHost, after what: String) throws {
        if let place = host.place(of: mark) {
            throw Fault(
                "data of one tenant shows up in \(place) of another one after \(what): keep nothing outside instances")
        }
        host.forgetWhatWasTold()
    }
}
