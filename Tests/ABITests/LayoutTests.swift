import TestCommands
import Testing

@Suite("Layout baseline", .enabled(if: Headers.hasPython && !Headers.compilers.isEmpty, Headers.whyWithoutPython))
struct LayoutTests {
    private func check(_ compiler: String, headers: String = Headers.folder) -> Command.Outcome {
        Command.run([
            "python3", "\(Headers.root)/PluginAPI/Generator/layout.py", "--check", "--compiler", compiler, "--headers",
            headers,
        ])
    }

    @Test("every size, offset, enumerator and constant is the baseline's", arguments: Headers.compilers)
    func matches(compiler: String) {
        let outcome = check(compiler)
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test("the baseline holds every struct, enumeration and identifier of the headers")
    func isComplete() throws {
        let golden = try #require(TestFiles.text("\(Headers.root)/PluginAPI/Baselines/layout.golden"))
        for name in Headers.names {
            let words = Words.outsideComments(Headers.text(name))
            for (keyword, tag) in zip(words, words.dropFirst()) where ["struct", "enum"].contains(keyword) {
                #expect(golden.contains("\n\(keyword) \(tag) size "), "\(keyword) \(tag) of \(name)")
            }
            for (keyword, constant) in zip(words, words.dropFirst())
            where keyword == "define" && constant.hasSuffix("_ID") {
                #expect(golden.contains("\nconstant \(constant) \""), "\(constant) of \(name)")
            }
        }
    }

    @Test("every function of a table states its thread")
    func statesThreads() throws {
        let golden = try #require(TestFiles.text("\(Headers.root)/PluginAPI/Baselines/layout.golden"))
        let functions = golden.split(separator: "\n").filter { $0.hasPrefix("  ") && $0.contains("(*") }
        #expect(functions.count >= 20)
        for function in functions {
            #expect(function.contains(") GANTRY_THREAD("), "\(function)")
        }
    }

    /// One change that breaks modules: file, what is there, what it becomes.
    struct Change: Sendable, CustomTestStringConvertible {
        var name: String
        var header: String
        var old: String
        var new: String
        var testDescription: String { name }
    }

    @Test("no change of the interface goes unseen", arguments: changes)
    func seesChange(change: Change) throws {
        let folder = TemporaryFolder()
        _ = Command.run(["mkdir", "\(folder.path)/gantry"])
        for name in Headers.names {
            var text = Headers.text(name)
            if name == change.header {
                let range = try #require(text.firstRange(of: change.old), "\(change.old) is gone from \(name)")
                text.replaceSubrange(range, with: change.new)
            }
            folder.write(text, to: "gantry/\(name)")
        }
        let outcome = check(Headers.compilers[0], headers: folder.path)
        #expect(outcome.status == 1, "\(outcome.output)")
        #expect(outcome.output.contains("differs from its baseline"))
    }

    static let changes = [
        Change(name: "append a field", header: "base.h", old: "span_id;", new: "span_id; uint64_t parent_id;"),
        Change(name: "insert a field", header: "base.h", old: "uint64_t call;", new: "uint64_t epoch; uint64_t call;"),
        Change(name: "fill a gap", header: "document.h", old: "uint16_t reserved;", new: "uint16_t depth;"),
        Change(name: "retype a field", header: "http.h", old: "uint32_t operation;", new: "int32_t operation;"),
        Change(
            name: "append a function", header: "system.h", old: "} gantry_log_v1;",
            new: "int32_t (*flush)(void) GANTRY_THREAD(any); } gantry_log_v1;"),
        Change(name: "renumber", header: "database.h", old: "GANTRY_VALUE_REAL = 2", new: "GANTRY_VALUE_REAL = 7"),
        Change(
            name: "append an enumerator", header: "system.h", old: "GANTRY_LOG_ERROR = 3",
            new: "GANTRY_LOG_ERROR = 3, GANTRY_LOG_FATAL = 4"),
        Change(
            name: "retype a callback's argument", header: "database.h", old: "(void *context, uint64_t transaction)",
            new: "(void *context, int64_t transaction)"),
        Change(
            name: "retype a function's argument", header: "system.h", old: "uint8_t *out_bytes, uint64_t size",
            new: "uint8_t *out_bytes, uint32_t size"),
        Change(
            name: "change a constant", header: "jobs.h", old: "JOBS_ID \"gantry.jobs\"", new: "JOBS_ID \"gantry.job\""),
        Change(
            name: "raise the interface", header: "base.h", old: "INTERFACE_MAXIMUM 1", new: "INTERFACE_MAXIMUM 2"),
        Change(
            name: "loosen a thread class", header: "lifecycle.h",
            old: "gantry_error_v1 *error) GANTRY_THREAD(host);", new: "gantry_error_v1 *error) GANTRY_THREAD(any);"),
        Change(
            name: "change the entry", header: "base.h", old: "gantry_module_v1 *out_module) GANTRY_THREAD(host);",
            new: "gantry_module_v1 **out_module) GANTRY_THREAD(host);"),
        Change(name: "shorten the note", header: "note.h", old: "char toolchain[160];", new: "char toolchain[156];"),
    ]
}
