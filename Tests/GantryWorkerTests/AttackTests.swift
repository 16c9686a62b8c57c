import Glibc
import TestCommands
import Testing
import WorkerProbe

/// What a module in a worker must not be able to do: each attack is really made.
@Suite("Attacks of a module in a worker", .enabled(if: Worker.compiler != nil, Worker.whyWithout))
struct AttackTests {
    @Test("files, sockets, processes, the host and the kernel are out of reach, for all threads and constructors")
    func sandbox() throws {
        let folder = TemporaryFolder()
        folder.write([1, 2, 3], to: "secret")
        let worker = try Worker("attacks")
        defer { worker.end() }
        #expect(worker.taken == "constructor=-1\n")
        #expect(worker.handle(0, Array("\(getpid()) \(folder.path)/secret".utf8)) == 0, "\(worker.reason)")
        let lines = worker.taken.split(separator: "\n")
        #expect(lines.count == 2 * 55 + 1)
        #expect(lines.filter { !$0.contains(": denied (") } == ["done"])
        #expect(TestFiles.read("\(folder.path)/secret") == [1, 2, 3])
        #expect(!TestFiles.exists("/tmp/worker-attack"))
    }

    @Test("the same attacks succeed where nothing restricts them")
    func control() throws {
        let folder = TemporaryFolder()
        let root = TestFiles.repository()
        let program = "\(folder.path)/control"
        let outcome = Command.run([
            try #require(Worker.compiler), "-std=c11", "-DCONTROL", "-pthread", "-I\(root)/PluginAPI/C/include", "-o",
            program, "\(root)/Tests/Support/WorkerProbe/modules/attacks.c",
        ])
        try #require(outcome.succeeded, "\(outcome.output)")
        folder.write([1], to: "secret")
        let attempts = Command.run([program, "\(folder.path)/secret"])
        #expect(attempts.succeeded && !attempts.output.isEmpty && !attempts.output.contains("denied"))
    }

    @Test("the handles of another worker's calls and instances are not this worker's to use")
    func handlesOfOthers() throws {
        let victim = try Worker("various")
        let attacker = try Worker("various")
        defer {
            attacker.end()
            victim.end()
        }
        var handles = (prober_call(victim.prober), prober_instance(victim.prober))
        let body = withUnsafeBytes(of: &handles) { Array($0) }
        #expect(attacker.handle(.others, body) == 0)
        #expect(attacker.taken == "call=-4\nboth=-4\ninstance=-4\nwork=-4\nanswer=-4\ndone\n")
        #expect(prober_count(attacker.prober).refused == 5)
        #expect(victim.taken.isEmpty)
    }
}
