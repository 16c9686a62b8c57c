import GantryKitTesting
import Glibc

/// The command that holds a module's bundle against every check, each in a process of its own with a time limit.
public enum ConformanceCommand {
    /// The whole of the command's process; see `run`. The process begins anew once where the Swift runtime's folder is
    /// not in its search path.
    public static func main(_ arguments: [String]) -> Int32 {
        RuntimePath.ensure(arguments)
        return run(arguments)
    }

    /// Runs the command and returns its exit code: 0 when all checks are passed, 1 when one is not, 2 for wrong usage
    /// or a bundle that cannot be read.
    public static func run(_ arguments: [String]) -> Int32 {
        guard let options = CheckOptions(arguments) else {
            complain(CheckOptions.usage)
            return 2
        }
        if options.isHelp {
            print(CheckOptions.usage, terminator: "")
            return 0
        }
        if options.recording != nil { return ReplayReport.run(options) }
        let checks = Check.all.filter { options.wants($0.name) }
        guard !checks.isEmpty else {
            complain("No check is named `\(options.pattern ?? "")`; see --list.\n")
            return 2
        }
        if options.isList {
            for check in checks { print("\(check.name): \(check.promise)") }
            return 0
        }
        let seed = options.seed ?? UInt64.random(in: 1...1_000_000)
        if options.isInProcess { return runHere(checks, options, seed) }
        do {
            let subject = try Subject(options, seed: seed)
            guard access(subject.library, R_OK) == 0 else {
                throw TestFailure("\(subject.library): \(String(cString: strerror(errno)))")
            }
            if options.isolation == .worker, TestWorker.neighbour == nil {
                throw TestFailure("gantry-worker does not lie beside this command; GANTRY_WORKER names one")
            }
            let sanitizer = try options.isSanitized ? SanitizerRuntime.find(for: subject.library) : nil
            return report(checks, options, subject, sanitizer)
        } catch {
            complain("\(error)\n")
            return 2
        }
    }

    private static func report(
        _ checks: [Check], _ options: CheckOptions, _ subject: Subject, _ sanitizer: SanitizerRuntime?
    ) -> Int32 {
        var report = CheckReport(options, subject, sanitizer)
        for check in checks {
            let result = ChildCheck(options, seed: subject.seed, sanitizer: sanitizer).run(check.name)
            report.add(check, result)
        }
        report.finish()
        return report.failures == 0 ? 0 : 1
    }

    private static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func runHere(_ checks: [Check], _ options: CheckOptions, _ seed: UInt64) -> Int32 {
        do {
            let subject = try Subject(options, seed: seed)
            for check in checks {
                try check.run(subject)
                try SanitizerLeaks.judge(subject.library)
            }
            return 0
        } catch {
            print("\(error)")
            fflush(nil)
            return error is NotConcerned ? ChildCheck.notConcerned : ChildCheck.found
        }
    }
}

/// Thrown by a check that a module has nothing for.
struct NotConcerned: Error, CustomStringConvertible {
    let description: String
}
