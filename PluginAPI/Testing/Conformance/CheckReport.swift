import GantryJSON
import GantryKitTesting
import Glibc

/// What the command says: a few lines for each check as it ends, or one JSON object at the end.
struct CheckReport {
    private let options: CheckOptions
    private let subject: Subject
    private let sanitizer: SanitizerRuntime?
    private var rows: [(check: Check, result: ChildCheck.Result)] = []

    init(_ options: CheckOptions, _ subject: Subject, _ sanitizer: SanitizerRuntime?) {
        self.options = options
        self.subject = subject
        self.sanitizer = sanitizer
        guard let sanitizer, !sanitizer.isBuiltIn, !options.isJSON else { return }
        print("The library was not built with -fsanitize=address: only what it allocates is watched.")
    }

    /// How many checks are not passed.
    var failures: Int { count(.failed) }

    private func count(_ verdict: ChildCheck.Result.Verdict) -> Int {
        rows.count { $0.result.verdict == verdict }
    }

    mutating func add(_ check: Check, _ result: ChildCheck.Result) {
        rows.append((check, result))
        guard !options.isJSON else { return }
        switch result.verdict {
        case .passed: print("passed  \(check.name): \(check.promise)")
        case .skipped: print("skipped \(check.name): \(result.message)")
        case .failed:
            print("FAILED  \(check.name): \(check.promise)")
            print("  happened   \(result.message.split(separator: "\n").joined(separator: "\n             "))")
            print("  done       \(check.action)")
            print("  rules      \(check.rules.map(String.init).joined(separator: ", ")) of Documentation/ABI.md")
            print("  reproduce  \(options.reproduction(check: check.name, seed: subject.seed))")
        }
        fflush(nil)
    }

    func finish() {
        guard options.isJSON else {
            let skipped = count(.skipped)
            print(
                "\(count(.passed)) passed, \(failures) failed\(skipped == 0 ? "" : ", \(skipped) skipped") "
                    + "(seed \(subject.seed))")
            return
        }
        print(json)
    }

    private var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.int(1)
        write("bundle", options.bundle, to: &writer)
        write("module", subject.bundle.id, to: &writer)
        write("version", subject.bundle.version, to: &writer)
        write("library", subject.library, to: &writer)
        write("isolation", options.isolation.rawValue, to: &writer)
        if let sanitizer {
            writer.key("sanitizer")
            writer.beginObject()
            write("runtime", sanitizer.path, to: &writer)
            writer.key("isBuiltIn")
            writer.bool(sanitizer.isBuiltIn)
            writer.endObject()
        }
        writer.key("seed")
        writer.int(Int(clamping: subject.seed))
        for verdict in [ChildCheck.Result.Verdict.passed, .failed, .skipped] {
            writer.key(verdict.rawValue)
            writer.int(count(verdict))
        }
        writer.key("checks")
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            write("name", row.check.name, to: &writer)
            write("verdict", row.result.verdict.rawValue, to: &writer)
            writer.key("milliseconds")
            writer.int(row.result.milliseconds)
            write("done", row.check.action, to: &writer)
            write("expected", row.check.promise, to: &writer)
            write("happened", row.result.message, to: &writer)
            writer.key("rules")
            writer.beginArray()
            for rule in row.check.rules { writer.int(rule) }
            writer.endArray()
            write("reproduce", options.reproduction(check: row.check.name, seed: subject.seed), to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(_ key: StaticString, _ value: String, to writer: inout JSONWriter) {
        writer.key(key)
        writer.string(value)
    }
}
