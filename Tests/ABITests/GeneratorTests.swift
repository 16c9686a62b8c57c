import TestCommands
import Testing

@Suite("Generator", .enabled(if: Headers.hasGenerator, Headers.whyWithoutGenerator))
struct GeneratorTests {
    private func generate(_ arguments: String...) -> Command.Outcome {
        Command.run(["python3", "\(Headers.root)/PluginAPI/Generator/generate.py"] + arguments)
    }

    /// A copy of the headers with one place changed.
    private func headers(_ change: Change) throws -> TemporaryFolder {
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
        return folder
    }

    @Test("goldens, Rust, reference and proxy are what the headers say, and the headers keep the rules")
    func matches() {
        let outcome = generate("--check")
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    /// One change that breaks modules: file, what is there, what it becomes.
    struct Change: Sendable, CustomTestStringConvertible {
        var name: String
        var header: String
        var old: String
        var new: String
        var words = "is released and was changed"
        var testDescription: String { name }
    }

    @Test("no change of the interface goes unseen", arguments: changes)
    func seesChange(change: Change) throws {
        let folder = try headers(change)
        let outcome = generate("--check", "--headers", folder.path)
        #expect(outcome.status == 1, "\(outcome.output)")
        #expect(outcome.output.contains(change.words), "\(outcome.output)")
    }

    /// What is said where no released table consists of what was changed.
    private static let unwritten = "differs from what is committed"

    static let changes = [
        Change(name: "append a field", header: "base.h", old: "span_id;", new: "span_id; uint64_t parent_id;"),
        Change(
            name: "append a function", header: "system.h", old: "} gantry_log_v1;",
            new: "/* Flushes. */ int32_t (*flush)(const gantry_call_v1 *call) GANTRY_THREAD(any); } gantry_log_v1;"),
        Change(
            name: "append an enumerator", header: "system.h", old: "GANTRY_LOG_ERROR = 3",
            new: "GANTRY_LOG_ERROR = 3, GANTRY_LOG_FATAL = 4"),
        Change(
            name: "retype a callback's argument", header: "database.h", old: "(void *context, uint64_t transaction)",
            new: "(void *context, int64_t transaction)"),
        Change(
            name: "change a constant", header: "jobs.h", old: "JOBS_ID \"gantry.jobs\"", new: "JOBS_ID \"gantry.job\"",
            words: "gantry.jobs revision 1 is released and is gone"),
        Change(
            name: "raise the interface", header: "base.h", old: "INTERFACE_MAXIMUM 1", new: "INTERFACE_MAXIMUM 2"),
        Change(
            name: "loosen a thread class", header: "database.h", old: "GANTRY_THREAD(transaction)",
            new: "GANTRY_THREAD(any)"),
        Change(
            name: "change the entry", header: "base.h", old: "gantry_module_v1 *out_module) GANTRY_THREAD(host);",
            new: "gantry_module_v1 **out_module) GANTRY_THREAD(host);", words: unwritten),
        Change(
            name: "shorten the note", header: "note.h", old: "char toolchain[160];", new: "char toolchain[156];",
            words: unwritten),
        Change(
            name: "change what a comment promises", header: "cache.h", old: "GANTRY_END when there",
            new: "OK when there", words: unwritten),
        Change(
            name: "leave a function without a thread class", header: "system.h",
            old: "uint64_t size) GANTRY_THREAD(any);", new: "uint64_t size);",
            words: "gantry.clock.random: no GANTRY_THREAD"),
        Change(
            name: "hide padding", header: "document.h", old: "    uint16_t reserved;\n", new: "",
            words: "gantry_node_v1: 2 bytes of padding at the end"),
    ]

    @Test("the golden names every struct and enumeration of the headers, and the reference every function")
    func isComplete() throws {
        let golden = try #require(TestFiles.text("\(Headers.root)/PluginAPI/Baselines/layout.golden"))
        for name in Headers.names {
            let words = Words.outsideComments(Headers.text(name))
            for (keyword, tag) in zip(words, words.dropFirst()) where ["struct", "enum"].contains(keyword) {
                #expect(golden.contains("\n\(keyword) \(tag)"), "\(keyword) \(tag) of \(name)")
            }
        }
        let reference = try #require(TestFiles.text("\(Headers.root)/Documentation/Reference.md"))
        let functions = golden.split(separator: "\n").filter { $0.hasPrefix("  ") && $0.contains("THREAD(") }
        #expect(functions.count >= 70)
        for function in functions {
            let name = function.dropFirst(2).prefix { $0 != " " }
            // `query` stands among the layouts, since no table holds it.
            let isThere = reference.contains(" \(name)\n") || reference.contains("(*\(name))")
            #expect(isThere, "\(name)")
        }
    }
}
