import GantryCore
import Testing

@Suite("Where modules run, as a deployment file says it")
struct IsolationTests {
    private func read(_ modules: String) throws -> Deployment {
        try Deployment(yaml: "modules: \(modules)\ntenants: []", file: "d.yaml")
    }

    @Test("every setting arrives, and what is left out has its default")
    func readsAll() throws {
        let deployment = try read(
            """
            {alpha: {isolation: worker-per-tenant, allow: [database],
              worker: {memory: 64, files: 32, crashes: 3, window: 1m, backoff: 50ms, longest-backoff: 1s,
                       grace: 500ms}},
             beta: {isolation: worker}, gamma: {allow: []}}
            """)
        let alpha = deployment.isolation(of: "alpha")
        #expect(alpha.tier == .workerPerTenant && alpha.isWorker)
        #expect(alpha.memoryMebibytes == 64 && alpha.fileCount == 32 && alpha.crashCount == 3)
        #expect(alpha.windowMilliseconds == 60_000 && alpha.backoffMilliseconds == 50)
        #expect(alpha.longestBackoffMilliseconds == 1000 && alpha.graceMilliseconds == 500)
        #expect(deployment.isolation(of: "beta") == Deployment.Isolation(tier: .worker))
        #expect(deployment.isolation(of: "gamma").tier == .inProcess && !deployment.isolation(of: "delta").isWorker)
        #expect(deployment.grants == ["alpha": [.database], "gamma": []])
    }

    @Test("the text of a setting is read back as what it was, and anything else not at all")
    func text() throws {
        let all = try read("{a: {isolation: worker, worker: {memory: 64, grace: 1500ms}}}").isolation(of: "a")
        #expect(all.text.hasPrefix("worker memory=64 "))
        for isolation in [all, Deployment.Isolation(), Deployment.Isolation(tier: .workerPerTenant)] {
            #expect(Deployment.Isolation(text: isolation.text) == isolation)
        }
        for bad in ["", "vm", "worker memory", "worker memory=1", "worker grace=soon", "worker hat=1"] {
            #expect(Deployment.Isolation(text: bad) == nil, "\(bad)")
        }
    }

    @Test(
        "what cannot be is refused by its name",
        arguments: [
            ("{a: {isolation: vm}}", "isolation"), ("{a: {worker: {memory: 1}}}", "memory"),
            ("{a: {worker: {grace: 1}}}", "grace"), ("{a: {worker: {hat: 1}}}", "hat"),
            ("{a: {worker: {backoff: 5s, longest-backoff: 1s}}}", "longest-backoff"),
            ("{A!: {isolation: worker}}", "A!"),
        ])
    func refuses(modules: String, named: String) {
        #expect { try read(modules) } throws: { "\($0)".contains(named) }
    }
}
