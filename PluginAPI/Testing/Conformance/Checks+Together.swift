import CGantry
import GantryKit
import GantryKitTesting
import Glibc

extension Check {
    static func hostFails(_ subject: Subject) throws {
        let module = try subject.load()
        // The last one no host of this revision answers: a failure that a module has never heard of.
        let statuses: [Status] = [
            .failed, .busy, .cancelled, .stale, .denied, .limit, .conflict, .thread, Status(rawValue: -77),
        ]
        try creationFails(subject, module, statuses)
        for (number, step) in Driver.steps(subject.bundle).enumerated() {
            let host = try subject.host(module)
            // Counted once with the very values that are used again.
            var counting = Driver(subject, host, salt: UInt64(number))
            let before = host.functionsCalled.count
            _ = try counting.take(step)
            let count = min(subject.isThorough ? .max : 60, host.functionsCalled.count - before)
            for position in 0..<count {
                for (index, status) in statuses.enumerated() {
                    // Each failure somewhere, and a quarter of them everywhere, unless there is time for all.
                    guard subject.isThorough || index % 4 == position % 4 else { continue }
                    host.clearFaults()
                    host.fail(nil, with: status, after: position)
                    var driver = Driver(subject, host, salt: UInt64(number))
                    TestActivity.set(circumstance: "where its call \(position + 1) of the host answers \(status)")
                    do {
                        _ = try driver.take(step)
                    } catch let failure as TestFailure {
                        // Whom the host refuses the answer itself has nobody left to tell.
                        let function = host.lastFault
                        guard function.hasPrefix("gantry.response") || function.hasPrefix("gantry.stream") else {
                            throw Fault("\(step), when \(function) answers \(status): \(failure)")
                        }
                    }
                    host.clearFaults()
                    TestActivity.set(circumstance: "")
                    if host.hasOpenTransaction { throw Fault("\(step) leaves a transaction open after \(status)") }
                }
            }
            _ = try counting.take(step)
            try host.stop()
        }
    }

    private static func creationFails(_ subject: Subject, _ module: LoadedModule, _ statuses: [Status]) throws {
        for position in 0..<20 {
            for status in statuses {
                do {
                    let setup = TestHost.Setup(failing: status, after: position)
                    let host = try subject.host(module, setup)
                    host.clearFaults()
                    try host.stop()
                } catch is HostError {
                    continue
                }
            }
        }
    }

    static func tenants(_ subject: Subject) throws {
        let module = try subject.load()
        let first = try subject.host(module, TestHost.Setup(tenant: "first"))
        let second = try subject.host(module, TestHost.Setup(tenant: "second"))
        try alternate(subject, first, second)
    }

    static func generations(_ subject: Subject) throws {
        let copy = try TemporaryCopy(of: subject.library)
        let old = try subject.host(subject.load(), TestHost.Setup(tenant: "old"))
        let new = try subject.host(LoadedModule(library: copy.path), TestHost.Setup(tenant: "new"))
        try alternate(subject, old, new)
    }

    /// Calls one, then the other; neither may be heard of at the other's host.
    private static func alternate(_ subject: Subject, _ first: TestHost, _ second: TestHost) throws {
        var drivers = [Driver(subject, first), Driver(subject, second, salt: 1)]
        for _ in 0..<10 {
            for step in Driver.steps(subject.bundle) {
                for index in drivers.indices {
                    let other = drivers[1 - index].host
                    let before = other.functionsCalled.count
                    _ = try drivers[index].take(step)
                    try drivers[index].judge(step)
                    guard other.functionsCalled.count == before else {
                        throw Fault("\(step) of one instance uses the call of another: keep nothing outside instances")
                    }
                }
            }
        }
        try first.stop()
        for step in Driver.steps(subject.bundle) { _ = try drivers[1].take(step) }
        try second.stop()
    }

    static func quiesce(_ subject: Subject) throws {
        let before = Set(ProcessUse.threads.keys)
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host)
        for step in Driver.steps(subject.bundle) { _ = try driver.take(step) }
        let begin = MonotonicTime.nanoseconds
        try host.stop(within: .seconds(2))
        let milliseconds = (MonotonicTime.nanoseconds - begin) / 1_000_000
        guard milliseconds < 3000 else { throw Fault("quiesce and stop took \(milliseconds) ms, 2000 were given") }
        _ = ProcessUse.waits { Set($0.keys).isSubset(of: before) }
        let left = ProcessUse.threads.filter { !before.contains($0.key) }
        guard left.isEmpty else {
            throw Fault(
                "\(left.count) threads are left after stop (\(left.values.sorted().joined(separator: ", "))): "
                    + "use gantry.executor, or end them in quiesce")
        }
    }

    static func anyThread(_ subject: Subject) throws {
        let module = try subject.load()
        let made = Handover<TestHost>()
        try OnThread.run { made.value = try subject.host(module) }
        guard let host = made.value else { return }
        let steps = Driver.steps(subject.bundle)
        for (number, step) in steps.enumerated() {
            try OnThread.run {
                var driver = Driver(subject, host, salt: UInt64(number))
                _ = try driver.take(step)
                try driver.judge(step)
            }
        }
        if !subject.bundle.isSerial {
            try OnThread.runTogether(4) { number in
                var driver = Driver(subject, host, salt: UInt64(1000 + number))
                for _ in 0..<25 {
                    for step in steps { _ = try driver.take(step) }
                }
            }
        }
        try OnThread.run { try host.stop() }
    }

    static func repeated(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        host.transactionRuns = 3
        var driver = Driver(subject, host)
        for step in Driver.steps(subject.bundle) {
            for _ in 0..<5 {
                let outcome = try driver.take(step)
                try driver.judge(step)
                if case .operation = step, outcome.httpStatus == 500 {
                    throw Fault("\(step) fails when the body of its transaction is run again from the start")
                }
            }
        }
        _ = try? host.runJobs()
        try host.stop()
    }

    static func bodies(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host)
        for step in Driver.steps(subject.bundle) {
            if case .operation(let route) = step, !subject.samples.takesBody(route.operation) { continue }
            for body in OddBodies.all {
                _ = try driver.take(step, body: body)
                try driver.judge(step, isOdd: true)
            }
        }
        try host.stop()
    }

    static func slowReader(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        host.streamCredit = 7
        var driver = Driver(subject, host)
        for step in Driver.steps(subject.bundle) {
            guard case .operation = step else { continue }
            let outcome = try driver.take(step)
            try driver.judge(step)
            if outcome.failure == .busy { throw Fault("\(step) gives up on a slow client: wait until it is WRITABLE") }
        }
        try host.stop()
    }

    static func fuzz(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host, salt: 7)
        let steps = Driver.steps(subject.bundle)
        guard !steps.isEmpty else { return }
        for number in 0..<(subject.isThorough ? 50_000 : 500) {
            let step = steps[Int.random(in: 0..<steps.count, using: &driver.dice)]
            host.transactionRuns = Int.random(in: 1...2, using: &driver.dice)
            if Int.random(in: 0..<10, using: &driver.dice) == 0 {
                host.fail(nil, with: .busy, after: Int.random(in: 0..<20, using: &driver.dice))
            }
            if Int.random(in: 0..<20, using: &driver.dice) == 0 { host.dropCache() }
            do {
                _ = try driver.take(step)
            } catch let failure as TestFailure where host.faultsMet == 0 {
                throw Fault("call \(number), \(step): \(failure); made with the seed \(subject.seed)")
            } catch is TestFailure {}
            host.clearFaults()
        }
        try host.stop()
    }
}

/// Bodies that are JSON and not what anybody expects.
enum OddBodies {
    static let all: [[UInt8]] =
        [
            "{}", "[]", "null", "0", "\"\"", "{\"\":null}", "{\"a\":{\"a\":{\"a\":[]}}}", "[[[[[[[[[[]]]]]]]]]]",
            "{\"message\":\"\\u0000\\ud83d\\ude00\"}", "{\"x\":1e308,\"y\":-1e-308,\"z\":12345678901234567890}",
        ].map { Array($0.utf8) } + [large, wide]

    private static let large = Array("{\"author\":\"".utf8) + [UInt8](repeating: 97, count: 1 << 20) + Array("\"}".utf8)
    private static let wide = Array(("[" + String(repeating: "{},", count: 50_000) + "{}]").utf8)
}
