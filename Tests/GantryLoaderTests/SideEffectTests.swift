import GantryCore
import GantryLoader
import Glibc
import TestCommands
import Testing

@Suite("What a library does before it is created", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct SideEffectTests {
    /// An effect of the fixture `SideEffects`, and what an operator reads.
    struct Case: Sendable, CustomTestStringConvertible {
        var effect: String
        var place = "CONSTRUCTOR"
        var words: String
        var testDescription: String { "\(place) \(effect)" }
    }

    static let cases = [
        Case(effect: "thread", words: "it leaves 1 thread(s) running"),
        Case(effect: "process", words: "it leaves 1 process(es) running"),
        Case(effect: "handler", words: "it changes what signal 10 (User defined signal 1) does"),
        Case(effect: "environment", words: "it changes the environment variable `TZ`"),
        Case(effect: "folder", words: "it changes the working folder to /"),
        Case(effect: "opened", words: "it opens file descriptor 4 (/dev/null)"),
        Case(effect: "closed", words: "it closes file descriptor 0"),
        Case(effect: "mask", words: "it changes Umask of the process to 0123"),
        Case(effect: "language", words: "it changes the locale to C.UTF-8"),
        Case(effect: "limit", words: "it changes the limits of the process"),
        Case(effect: "blocked", words: "it changes SigBlk of the process"),
        Case(effect: "printed", words: "it prints `hello from the constructor`"),
        Case(effect: "ended", words: "It ends the process, with status 3, when it is loaded."),
        Case(effect: "crash", words: "It ends the process, by signal 11 (Segmentation fault), when it is loaded."),
        Case(effect: "thread", place: "ENTRY", words: "it leaves 1 thread(s) running"),
        Case(effect: "crash", place: "ENTRY", words: "by signal 11 (Segmentation fault), when it runs its entry"),
        Case(effect: "environment", place: "DESCRIBE", words: "it changes the environment variable `TZ`"),
        Case(effect: "ended", place: "DESCRIBE", words: "with status 3, when it is asked for its tables"),
    ]

    /// ThreadSanitizer's run time adds a thread of its own to the first one, and has its own words for a process that
    /// ends while it loads a library; without it all are tried.
    static let triedCases = cases.filter { example in
        let isDistorted = example.effect == "thread" || (example.effect == "ended" && example.place == "CONSTRUCTOR")
        return !isDistorted || dlsym(nil, "__tsan_init") == nil
    }

    @Test("is tried out in a process of its own, and refused with the effect named", arguments: triedCases)
    func refuses(example: Case) throws {
        let fixture = try Fixture("SideEffects", flags: ["-D\(example.place)", "-DEFFECT=\(example.effect)"])
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded", probe: Self.probe)
        let variables = getenv("TZ").map { String(cString: $0) }
        expectRefusal(.sideEffects, example.words) { _ = try loader.load(fixture.bundle) }
        #expect(getenv("TZ").map { String(cString: $0) } == variables, "This process was not touched.")
    }

    @Test("a library that hangs is given up", arguments: ["CONSTRUCTOR", "ENTRY"])
    func refusesHanging(place: String) throws {
        let fixture = try Fixture("SideEffects", flags: ["-D\(place)", "-DEFFECT=hang"])
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded", probe: Self.probe, probeMilliseconds: 1000)
        expectRefusal(.sideEffects, "It does not return within 1 seconds when it ") {
            _ = try loader.load(fixture.bundle)
        }
    }

    @Test("a good library, in C or Swift, passes")
    func acceptsGood() throws {
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded", probe: Self.probe)
        let fixture = try Fixture("Good")
        #expect(try loader.load(fixture.bundle).manifest.id == "good")
    }

    @Test("a probe that cannot be started is an error of its own")
    func reportsMissingProbe() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded", probe: ["/nowhere/gantry"])
        expectRefusal(.unreadable, "/nowhere/gantry: No such file") { _ = try loader.load(fixture.bundle) }
    }

    /// The product's own command; it lies beside the test binary.
    static var probe: [String] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return [path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/gantry", "probe-library"]
    }
}
