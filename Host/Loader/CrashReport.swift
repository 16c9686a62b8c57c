import CProcess
import GantryThreads
import Glibc

/// What the operator is told when the process crashes: which module a thread was in.
public enum CrashReport {
    /// Reports crashes from now on, on stderr and into the file at the path, which is emptied. Once in a process.
    public static func begin(path: String) {
        gantry_crash_begin(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600))
    }

    /// Texts that a signal's handler may read at any time: they are never freed, and each is there once.
    static func text(_ text: String) -> UnsafePointer<CChar> {
        texts.withLock { texts in
            if let known = texts[text] { return known.pointer }
            guard let copy = strdup(text) else { preconditionFailure("there is no memory left") }
            let constant = Constant(pointer: UnsafePointer(copy))
            texts[text] = constant
            return constant.pointer
        }
    }

    private struct Constant: @unchecked Sendable {
        // Nobody writes to it.
        let pointer: UnsafePointer<CChar>
    }

    private static let texts = Lock<[String: Constant]>([:])

    /// Tells where the code of a module lies.
    static func noteCode(of module: String, path: String) {
        for line in ProcessSnapshot.lines("/proc/self/maps") where line.hasSuffix(path) {
            let fields = line.split(separator: " ", maxSplits: 2)
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if fields.count > 1, fields[1].contains("x"), ends.count == 2 {
                gantry_crash_note_code(text(module), ends[0], ends[1])
            }
        }
    }
}

/// What a module was called for, as a signal's handler may read it.
struct CrashActivity: @unchecked Sendable {
    // Constant texts that are never freed.
    let operation: UnsafePointer<CChar>
    let check: UnsafePointer<CChar>

    init(operation name: String) {
        operation = CrashReport.text("the operation `\(name)`")
        check = CrashReport.text("the check of `\(name)`")
    }

    static let unknown = CrashActivity(operation: "")
    static let lifecycle = CrashActivity.constant("its life cycle")
    static let delivery = CrashActivity.constant("the delivery of an event")
    static let job = CrashActivity.constant("a job")
    static let service = CrashActivity.constant("a service for another module")
    static let transaction = CrashActivity.constant("the body of a transaction")
    static let work = CrashActivity.constant("work of its own")

    private static func constant(_ text: String) -> CrashActivity {
        CrashActivity(constant: CrashReport.text(text))
    }

    private init(constant text: UnsafePointer<CChar>) { (operation, check) = (text, text) }
}

/// One module of one tenant, as a signal's handler may read it.
final class CrashPlace: @unchecked Sendable {
    // Written once in `init`; what it leads to is never freed.
    let pointer: UnsafePointer<gantry_crash_place>
    private let memory: ConstantMemory<gantry_crash_place>

    init(module: String, version: String, tenant: String) {
        memory = ConstantMemory(
            CollectionOfOne(
                gantry_crash_place(
                    module: CrashReport.text(module), version: CrashReport.text(version),
                    tenant: CrashReport.text(tenant))))
        pointer = memory.start
    }
}

extension ModuleCall {
    /// What the process was doing, should it crash.
    var activity: UnsafePointer<CChar> {
        switch what {
        case .lifecycle: CrashActivity.lifecycle.operation
        case .operation(let number): instance.module.activity(number).operation
        case .check(let number): instance.module.activity(number).check
        case .delivery: CrashActivity.delivery.operation
        case .job: CrashActivity.job.operation
        case .service: CrashActivity.service.operation
        }
    }
}
