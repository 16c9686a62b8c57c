import GantryKit
import GantryKitTesting

// A module whose process is killed while it works, and what the next one finds.
extension Check {
    static func killed(_ subject: Subject) throws {
        guard let program = TestWorker.neighbour else {
            throw NotConcerned(description: "gantry-worker does not lie beside this command; GANTRY_WORKER names one")
        }
        guard !ProcessUse.keepsFreedMemory else {
            throw NotConcerned(description: "a worker cannot restrict itself under a sanitizer")
        }
        let database = try TestDatabase(subject.bundle)
        var life = try WorkerLife.first(subject, program, database)
        for (number, step) in Driver.steps(subject.bundle).enumerated() {
            var counting = Driver(subject, life.host, salt: UInt64(number))
            let before = life.host.functionsCalled.count
            // What fails without a kill says nothing of one: the check `answers` is there for it.
            let isSound = try !WorkerLife.fails(counting.take(step))
            let functions = Array(life.host.functionsCalled.dropFirst(before))
            for position in places(in: functions.count, step: number, subject) {
                let death = Death(
                    step: step, number: number, position: position, function: functions[position], isSound: isSound)
                guard try life.die(death, subject) else { continue }
                life = try life.next(after: death, subject, program, database)
            }
        }
        try life.host.stop()
        life.worker.end()
    }

    /// The calls of the host at which it is killed: the first, one in the middle and the last. Of a module that has
    /// many steps each gets one of the three; with time for all of them, all.
    private static func places(in count: Int, step number: Int, _ subject: Subject) -> [Int] {
        guard count > 0 else { return [] }
        if subject.isThorough { return Array(0..<min(count, 60)) }
        let places = [0, count / 2, count - 1]
        guard subject.bundle.routes.count <= 10 else { return [places[number % 3]] }
        return Set(places).sorted()
    }
}

/// Where a worker is killed.
private struct Death: CustomStringConvertible {
    let step: Driver.Step
    let number: Int
    let position: Int
    let function: String
    /// Whether the step does not fail without it.
    let isSound: Bool

    var description: String {
        "its process was killed in \(step) at its call \(position + 1) of the host (\(function))"
    }
}

/// One worker, and the instance in it.
private struct WorkerLife {
    let worker: TestWorker
    let host: TestHost

    init(_ subject: Subject, _ worker: TestWorker, _ database: TestDatabase) throws {
        self.worker = worker
        let module = try LoadedModule(entering: worker.enter)
        host = try TestHost(module, bundle: subject.bundle, .init(), database: database)
        host.onOutbound { _ in OutboundAnswers.empty }
    }

    static func first(_ subject: Subject, _ program: String, _ database: TestDatabase) throws -> WorkerLife {
        let worker = try TestWorker(program: program, library: subject.library)
        do {
            return try WorkerLife(subject, worker, database)
        } catch let failure as TestFailure {
            guard let refusal = worker.refusal else { throw failure }
            throw NotConcerned(description: "no worker can run here: \(refusal)")
        }
    }

    /// Kills the worker in a step; false where the step did not come so far this time.
    func die(_ death: Death, _ subject: Subject) throws -> Bool {
        let isKilled = Monitor(false)
        host.interrupt(afterCalls: death.position) { [worker] host in
            isKilled.withLock { $0 = true }
            worker.kill()
            // As the host does with what nobody will answer.
            host.cancelCalls()
        }
        var driver = Driver(subject, host, salt: UInt64(death.number))
        TestActivity.set(circumstance: "where \(death)")
        defer { TestActivity.set(circumstance: "") }
        // Who was killed answers nothing.
        _ = try? driver.take(death.step)
        host.leave(afterCalls: nil)
        guard isKilled.withLock({ $0 }) else { return false }
        guard host.isIdle(within: .seconds(5)), !host.hasOpenTransaction else {
            throw Fault("when \(death), what it had begun goes on in the host")
        }
        return true
    }

    /// What comes after it, on the same data; it must answer.
    func next(
        after death: Death, _ subject: Subject, _ program: String, _ database: TestDatabase
    ) throws -> WorkerLife {
        let life: WorkerLife
        do {
            life = try WorkerLife(subject, TestWorker(program: program, library: subject.library), database)
        } catch let error as HostError {
            throw Fault("no instance can be started after \(death): \(error)")
        }
        life.host.inherit(from: host)
        var driver = Driver(subject, life.host, salt: UInt64(death.number))
        TestActivity.set(circumstance: "after \(death)")
        defer { TestActivity.set(circumstance: "") }
        if case .operation = death.step, try Self.fails(driver.take(death.step)), death.isSound {
            // A lock that is let go of by itself after a while is a way to mend it.
            life.host.advance(by: .seconds(3600))
            guard try !Self.fails(driver.take(death.step)) else {
                throw Fault("\(death.step) fails for ever after \(death): do all of one change in one transaction")
            }
        }
        try driver.judge(death.step)
        return life
    }

    static func fails(_ outcome: Driver.Outcome) -> Bool {
        outcome.failure != nil || outcome.httpStatus == 500
    }
}
