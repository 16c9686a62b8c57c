import CGantry
import GantryKit
import GantryKitTesting
import Glibc

extension Check {
    static func describe(_ subject: Subject) throws {
        let before = ProcessTraces()
        let module = try subject.load()
        // In a worker the library touches another process.
        if getenv("GANTRY_WORKER") == nil, let trace = ProcessTraces().difference(from: before) {
            throw Fault("loading, entering and describing the library \(trace): it must touch nothing outside itself")
        }
        let begin = MonotonicTime.nanoseconds
        for _ in 0..<100 {
            var again: UnsafePointer<gantry_description_v1>?
            let status = Status(
                rawValue: module.lifecycle.pointee.describe.unsafelyUnwrapped(module.module.module, &again))
            guard status == .ok, let again, again.pointee.id.copy == module.id,
                again.pointee.operation_count == UInt64(module.operations.count)
            else { throw Fault("describe does not give the same answer every time") }
        }
        let each = (MonotonicTime.nanoseconds - begin) / 100
        guard each < 10_000_000 else { throw Fault("describe takes \(each / 1_000_000) ms; it must be fast") }
        let manifest = subject.bundle
        try agree("id", module.id, manifest.id)
        try agree("version", module.version, manifest.version)
        try agree("operations", module.operations.sorted(), manifest.routes.map(\.operation).sorted())
        try agree("subscriptions", module.subscriptions.sorted(), manifest.subscriptions.map(\.handler).sorted())
        try agree("jobs", module.jobs.sorted(), manifest.jobs.sorted())
        if module.http == nil, !manifest.routes.isEmpty { throw Fault("there is no table \(GANTRY_HTTP_ID)") }
        if module.runner == nil, !manifest.jobs.isEmpty { throw Fault("there is no table \(GANTRY_RUNNER_ID)") }
        if module.subscriber == nil, !manifest.subscriptions.isEmpty {
            throw Fault("there is no table \(GANTRY_SUBSCRIBER_ID)")
        }
    }

    private static func agree<Value: Equatable>(_ what: String, _ described: Value, _ manifest: Value) throws {
        guard described != manifest else { return }
        throw Fault("\(what): describe says \(described), module.yaml \(manifest)")
    }

    static func answers(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host)
        for step in Driver.steps(subject.bundle) {
            for _ in 0..<20 {
                let outcome = try driver.take(step)
                try driver.judge(step)
                if case .operation = step, let failure = outcome.failure ?? (outcome.httpStatus == 500 ? .failed : nil)
                {
                    let line = host.logs.last.map { " (\($0.message) \($0.fields))" } ?? ""
                    throw Fault("\(step) fails with what fits its contract: \(failure)\(line)")
                }
                if outcome.failure == .thread {
                    throw Fault("\(step) calls what may wait on a thread that must not; state `execution: blocking`")
                }
            }
        }
        try host.stop()
    }

    static func life(_ subject: Subject) throws {
        let module = try subject.load()
        let database = try TestDatabase(subject.bundle)
        func live(_ count: Int) throws {
            for _ in 0..<count {
                let host = try TestHost(module, bundle: subject.bundle, .init(), database: database)
                try host.stop()
            }
        }
        try live(300)
        let (memory, threads) = (ProcessUse.residentBytes, ProcessUse.threads.count)
        try live(1000)
        let growth = ProcessUse.residentBytes - memory
        guard growth < 1 << 20 || ProcessUse.keepsFreedMemory else {
            throw Fault("1000 instances left \(growth >> 10) KiB behind: free in destroy what create made")
        }
        guard ProcessUse.waits(untilThreads: { $0.count <= threads }) else {
            throw Fault("1000 instances left \(ProcessUse.threads.count - threads) threads behind")
        }
    }

    static func denied(_ subject: Subject) throws {
        let module = try subject.load()
        let names = Set(TestHost.capabilityOfTable.values).union(["secrets", "identity"])
        for name in names.sorted() {
            let host: TestHost
            do {
                host = try subject.host(module, TestHost.Setup(denied: [name]))
            } catch let error as HostError {
                guard error.status != .ok else { throw Fault("create without `\(name)` fails without a status") }
                continue
            }
            var driver = Driver(subject, host)
            for step in Driver.steps(subject.bundle) {
                _ = try driver.take(step)
                try driver.judge(step)
            }
            try host.stop()
        }
    }

    static func cancelled(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host)
        host.callsAreCancelled = true
        for step in Driver.steps(subject.bundle) {
            let begin = MonotonicTime.nanoseconds
            _ = try driver.take(step)
            try driver.judge(step)
            let milliseconds = (MonotonicTime.nanoseconds - begin) / 1_000_000
            guard milliseconds < 2000 else {
                throw Fault("\(step) goes on for \(milliseconds) ms though its call is cancelled: ask `is_cancelled`")
            }
        }
        host.callsAreCancelled = false
        try host.stop()
    }

    static func clientLeaves(_ subject: Subject) throws {
        let host = try subject.host(subject.load())
        var driver = Driver(subject, host)
        for route in subject.bundle.routes {
            // The client is gone before the module's function has returned; what follows must find the call stale.
            host.leavesAtOnce = true
            _ = try? driver.take(.operation(route))
            host.leavesAtOnce = false
            guard host.isIdle(within: .seconds(5)) else {
                throw Fault("operation `\(route.operation)` goes on for ever after its client has left")
            }
            _ = try driver.take(.operation(route))
        }
        try host.stop()
    }
}
