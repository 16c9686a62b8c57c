import GantryCore
import GantryStore
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("What lies between a deployment file and what is")
struct DeploymentPlannerTests {
    private let temporary = TemporaryFolder()

    init() {
        write("counter", configuration: "configuration: {type: object, properties: {step: {type: integer}}}")
        temporary.write("CREATE TABLE t (a TEXT);\n", to: "bundles/counter/migrations/0001_table.sql")
    }

    private func write(_ module: String, path: String = "/v1/count", configuration: String = "") {
        temporary.write(
            """
            {id: \(module), version: 1.2.0, interface: {minimum: 1, maximum: 1}, library: l.so, contract: c.yaml,
              capabilities: [database], migrations: migrations,
              routes: [{operation: count, method: GET, path: \(path), execution: blocking, role: public}],
              \(configuration)}
            """, to: "bundles/\(module)/module.yaml")
        temporary.write(
            """
            {openapi: 3.1.0, info: {title: t, version: "1"},
             paths: {\(path): {get: {operationId: count, responses: {"200": {description: d}}}}}}
            """, to: "bundles/\(module)/c.yaml")
    }

    private func enablement(_ module: String, isEnabled: Bool = true) -> HostDirectory.Enablement {
        HostDirectory.Enablement(
            tenant: "acme", module: module, isEnabled: isEnabled, configuration: "{}", limits: "{}", mount: "")
    }

    /// What is once the file `tenants: [{id: acme, modules: {counter: {}}}]` was applied.
    private func settled() -> DeploymentPlanner.Situation {
        let catalog = ModuleCatalog(
            folders: ["\(temporary.path)/bundles"], trust: BundleTrust(Deployment.Trust(), directory: nil))
        let counter = enablement("counter")
        return DeploymentPlanner.Situation(
            isRunning: true,
            tenants: [
                HostDirectory.TenantRecord(
                    id: "acme", name: "acme", status: "active", hosts: [], createdAtMilliseconds: 0)
            ],
            enablements: [counter], declarations: [counter.key: counter.declaration],
            grants: ["counter": ["database"]], bundleFolders: ["bundles"], catalog: catalog, presentCatalog: catalog,
            failure: { _ in nil }, runsOtherBuild: { _ in false },
            outlook: { _ in MigrationOutlook(state: .current, appliedCount: 1) }, missingSecrets: { _, _ in [] },
            routeConflict: { _, _ in nil })
    }

    private func plan(
        _ modules: String, more: String = "", _ situation: DeploymentPlanner.Situation,
        allowed: [String: Set<String>] = [:]
    ) throws -> DeploymentPlan {
        let text = "\(more)\ntenants: [{id: acme, modules: {\(modules)}}]\n"
        return DeploymentPlanner.plan(
            try Deployment(yaml: text, file: "f.yaml"), file: "f.yaml", situation: situation, allowed: allowed)
    }

    private func actions(_ plan: DeploymentPlan) -> [String] {
        plan.steps.map { "\($0.action.rawValue) \($0.tenant)/\($0.module)" }
    }

    @Test("nothing is to be done where nothing differs")
    func nothing() throws {
        let plan = try plan("counter: {}", settled())
        #expect(plan.steps.isEmpty && plan.obstacles.isEmpty && plan.notes.isEmpty)
    }

    @Test("each difference is one step, and says what differs")
    func differences() throws {
        var situation = settled()
        #expect(
            try plan("counter: {mount: /c, configuration: {step: 2}}", situation).steps.map(\.details) == [
                [#"configuration {} → {"step":2}"#, "mount none → /c"]
            ])
        #expect(actions(try plan("", situation)) == ["stop acme/counter"])
        situation.runsOtherBuild = { _ in true }
        #expect(actions(try plan("counter: {}", situation)) == ["upgrade acme/counter"])
        situation = settled()
        situation.failure = { _ in "it is broken" }
        let again = try plan("counter: {}", situation)
        #expect(actions(again) == ["start acme/counter"] && again.steps[0].details[0].contains("it is broken"))
        situation = settled()
        situation.outlook = { [temporary] _ in
            let migrations = try? MigrationFolder.load("\(temporary.path)/bundles/counter/migrations")
            return MigrationOutlook(state: .pending, pending: migrations ?? [])
        }
        let migrating = try plan("counter: {}", situation)
        #expect(actions(migrating) == ["migrate acme/counter"] && migrating.steps[0].migrations.map(\.version) == [1])
    }

    @Test("what a command did stays and is said; an edit of the entry outranks it")
    func commands() throws {
        var situation = settled()
        situation.enablements = [enablement("counter", isEnabled: false)]
        let kept = try plan("counter: {}", situation)
        #expect(kept.steps.isEmpty && kept.notes.map(\.message).first?.contains("disabled") == true)
        #expect(actions(try plan("counter: {mount: /c}", situation)) == ["start acme/counter"])
        situation = settled()
        situation.declarations = [:]
        #expect(actions(try plan("counter: {}", situation)) == ["change acme/counter"], "it is declared from now on")
        #expect(actions(try plan("", situation)) == [], "what the file never named is left alone")
    }

    @Test("what a build asks for besides is named for each tenant that lacks it, and for no other")
    func capabilitiesOfTenants() throws {
        var situation = settled()
        situation.grants = ["counter": []]
        let refused = try plan("counter: {}", situation)
        #expect(refused.notes.map(\.tenant) == ["acme"])
        #expect(refused.notes.first?.message.contains("capability grant counter database --tenant acme") == true)
        situation.tenantRights = [enablement("counter").key: ["database"]]
        let decided = try plan("counter: {}", situation)
        #expect(decided.obstacles.isEmpty && decided.notes.isEmpty)
        situation.tenantRights = [:]
        let declared = try plan("counter: {deny: [database]}", situation)
        #expect(declared.obstacles.isEmpty)
        #expect(declared.steps.map(\.details) == [["denies database"]])
        #expect(declared.steps[0].tenant == "acme")
    }

    @Test("what a command took away is not given back by the file, unless the plan names it")
    func withdrawnCapabilities() throws {
        var situation = settled()
        (situation.grants, situation.withdrawn) = (["counter": []], ["counter": ["database"]])
        for more in ["", "modules: {counter: {allow: [database]}}"] {
            let kept = try plan("counter: {}", more: more, situation)
            #expect(kept.obstacles.isEmpty && actions(kept) == [], "\(more)")
        }
        let named = try plan("counter: {}", situation, allowed: ["counter": ["database"]])
        #expect(actions(named) == ["grant /counter"])
    }

    @Test("capabilities beyond those granted stand in the way until they are allowed")
    func capabilities() throws {
        var situation = settled()
        situation.grants = ["counter": []]
        let refused = try plan("counter: {}", situation)
        #expect(refused.obstacles.map(\.code) == ["capability"])
        #expect(refused.obstacles[0].message.contains("--allow counter=database"))
        for granted in [
            try plan("counter: {}", situation, allowed: ["counter": ["database"]]),
            try plan("counter: {}", more: "modules: {counter: {allow: [database]}}", situation),
        ] {
            #expect(granted.obstacles.isEmpty && actions(granted) == ["grant /counter"])
            #expect(granted.steps[0].arguments["capabilities"] == "database")
        }
        let withdrawn = try plan("counter: {}", more: "modules: {counter: {allow: []}}", settled())
        #expect(withdrawn.steps[0].details == ["withdraws database"] && withdrawn.obstacles.count == 1)
    }

    @Test("a module that is to run elsewhere is one step, and the former limits are told")
    func isolation() throws {
        var situation = settled()
        situation.isolations = ["counter": Deployment.Isolation()]
        #expect(try plan("counter: {}", situation).steps.isEmpty)
        let moved = try plan("counter: {}", more: "modules: {counter: {isolation: worker}}", situation)
        #expect(actions(moved) == ["isolate /counter"])
        #expect(moved.steps[0].details[0].hasPrefix("isolation in-process → worker memory=1024"))
        #expect(
            moved.steps[0].arguments["isolation"].flatMap { Deployment.Isolation(text: $0) }?.tier == .worker)
        situation.isolations = ["counter": Deployment.Isolation(tier: .worker)]
        let limited = try plan(
            "counter: {}", more: "modules: {counter: {isolation: worker, worker: {memory: 64}}}", situation)
        #expect(actions(limited) == ["isolate /counter"])
        #expect(actions(try plan("counter: {}", situation)) == ["isolate /counter"], "back into the host's process")
    }

    @Test("what stands in the way is named with tenant and module")
    func obstacles() throws {
        var situation = settled()
        situation.outlook = { _ in MigrationOutlook(state: .ahead, message: "The database is ahead.") }
        situation.routeConflict = { tenant, modules in "\(tenant) \(modules.map(\.module))" }
        let plan = try plan("counter: {configuration: {step: many}}, none: {}", situation)
        #expect(plan.obstacles.map(\.code) == ["configuration", "ahead", "missing_module", "route_conflict"])
        #expect(plan.obstacles.map(\.module) == ["counter", "counter", "none", ""])
        #expect(plan.obstacles[0].message.contains("`configuration.step`"))
        #expect(plan.obstacles[3].message == #"acme ["counter", "none"]"#)
    }

    @Test("the text of a plan, and of a step that was done")
    func text() throws {
        var plan = DeploymentPlan(file: "d.yaml", isRunning: true)
        let migration = Migration(
            version: 2, name: "less", file: "/b/migrations/0002_less.sql", sql: Array("DROP TABLE t;".utf8))
        plan.steps = [
            DeploymentPlan.Step(action: .bundles, details: ["finds counter 1.2.0"]),
            DeploymentPlan.Step(action: .stop, tenant: "acme", module: "old", details: ["stops it"]),
            DeploymentPlan.Step(
                action: .upgrade, tenant: "acme", module: "counter", details: ["one", "two\u{1B}[2J"],
                migrations: [migration]),
        ]
        plan.notes = [DeploymentPlan.Note(tenant: "acme", module: "own", message: "is behind")]
        plan.obstacles = [DeploymentPlan.Obstacle(code: "x", tenant: "", module: "m", message: "No.")]
        #expect(
            try PlanText.plan(json: plan.json) == """
                Plan of d.yaml for the running host:
                  ~ bundles: finds counter 1.2.0
                  - acme/old: stops it
                  ~ acme/counter: one; two\u{FFFD}[2J
                      migration 2 less
                        ! 0002_less.sql:1: drops the table `t`

                Stays as it is:
                  = acme/own: is behind

                In the way:
                  ! m: No.

                3 changes, 1 migration, 1 destructive statement, 1 obstacle, so that nothing can be applied.
                """)
        let answer = """
            {"tenant":"acme","module":"counter","migrations":[{"version":2,"name":"less","milliseconds":7}],
             "restore_points":["0001-x"],"tables":[{"table":"t","rows_before":3,"rows_after":null}]}
            """
        #expect(
            try PlanText.step(json: answer, action: "upgrade")
                == "acme/counter: started from another build; 1 migration: less in 7 ms; rows of t 3 → none; "
                + "restore point 0001-x")
    }
}
