import ArgumentParser
import GantryAuthoring
import GantryCore
import GantryRuntime
import Glibc

/// One run of `gantry dev`: a host on a data folder, and what is done when sources change. One thread.
final class DevelopmentSession {
    private let project: DevelopmentProject
    private let signals: CommandSignals
    private let isQuiet: Bool
    /// A folder of its own for what nobody keeps.
    private let workFolder: String
    private let keptData: String?
    private var dataCount = 0
    private var reloadCount = 0
    private var listen: String
    private var host: DevelopmentHost?
    private var served: [String: Int] = [:]
    private var keys: [String: String] = [:]
    private var hasEnded = false

    private var data: String { keptData ?? "\(workFolder)/data-\(dataCount)" }
    private var deploymentFile: String { "\(workFolder)/deployment.yaml" }

    /// Nothing is started yet.
    init(_ project: DevelopmentProject, data: String?, listen: String, signals: CommandSignals, isQuiet: Bool) throws {
        self.project = project
        self.signals = signals
        self.listen = listen
        self.isQuiet = isQuiet
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(base)/gantry-dev-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw CommandFailure("No temporary folder can be made in \(base): \(String(cString: strerror(errno))).")
        }
        workFolder = String(cString: made)
        if let data {
            try AuthorFiles.makeFolder(data)
            keptData = AbsolutePath.of(data)
        } else {
            keptData = nil
        }
    }

    /// Builds, serves, runs the command once, and gives its status.
    func run(_ command: String) throws -> Int32 {
        guard try project.runBuild(signals) else { throw CommandFailure("The build failed.") }
        try serve()
        let process = try ChildProcess(
            ["/bin/sh", "-c", command], in: project.folder,
            environment: [
                "GANTRY_URL": "http://\(listen)", "GANTRY_KEY": keys["dev"], "GANTRY_OTHER_KEY": keys["other"],
            ])
        return signals.wait(for: process).code
    }

    /// Builds, serves, and does so again after each change, until a signal comes.
    func watch() throws {
        let watch = try SourceWatch(project.folder)
        tellOfOtherKit()
        rebuild()
        while !signals.hasCome() {
            let end = host?.endDescriptor
            let changed = watch.changes(also: [signals.descriptor] + (end.map { [$0] } ?? []))
            if signals.hasCome() { break }
            if host?.hasEnded == true {
                hostHasEnded()
            } else if !changed.isEmpty {
                let others = changed.count > 1 ? " and \(changed.count - 1) more" : ""
                CommandOutput.line("--- \(changed[0])\(others) changed")
                rebuild()
            }
        }
        CommandOutput.line("--- ending")
    }

    /// Ends the host and takes away what nobody keeps. Further calls do nothing.
    func end() {
        if hasEnded { return }
        hasEnded = true
        _ = host?.stop()
        host = nil
        AuthorFiles.remove(workFolder)
    }

    // MARK: Changes

    /// Builds and brings the host to the new bundle. Whatever fails is told, and what was served goes on.
    private func rebuild() {
        do {
            guard try project.runBuild(signals) else {
                if signals.hasCome() { return }
                return tell("the build failed" + (host == nil ? "; waiting for a change" : "; the last one goes on"))
            }
            guard host != nil else { return try serve() }
            let manifest = try project.manifest()
            let bundle = try project.bundleDigest(manifest)
            if bundle == served { return tell("nothing that is served has changed") }
            try reload(manifest)
            served = bundle
        } catch {
            tell("\(error)\(host == nil ? "" : "\n--- the last one goes on")")
        }
    }

    /// The bundle was changed: the running host takes it in the place of the old one.
    private func reload(_ manifest: Manifest) throws {
        let modules = try writeDeployment()
        let session = try AdministrationSession(dataFolder: data, missing: .refuse)
        let plan = try PlannedSteps(
            json: session.perform(
                "deployment.plan",
                ["file": deploymentFile, "allow": modules.map(Self.grant).joined(separator: "\n")]))
        if plan.hasObstacle(["drift", "ahead"]), keptData == nil {
            tell("a migration that has run was changed: beginning again without data")
            return try beginAnew()
        }
        guard plan.obstacleCount == 0 else {
            throw CommandFailure(try PlanText.plan(json: plan.json))
        }
        reloadCount += 1
        if reloadCount > DevelopmentProject.buildLimit / 2 {
            // Libraries are never unmapped, so that a process has room for so many only.
            tell("so many builds are enough for one process: another one takes over")
            return try serveAnew()
        }
        for step in plan.steps { _ = try session.perform("deployment.step", step.arguments) }
        tell("\(manifest.id) \(manifest.version) is served")
    }

    /// `guestbook=database,events`: the author grants what the module asks for.
    private static func grant(_ manifest: Manifest) -> String {
        "\(manifest.id)=\(manifest.capabilities.map(\.rawValue).sorted().joined(separator: ","))"
    }

    private func beginAnew() throws {
        dataCount += 1
        keys = [:]
        try serveAnew()
    }

    private func serveAnew() throws {
        _ = host?.stop()
        host = nil
        reloadCount = 0
        try serve()
    }

    /// A module that crashes takes its host along; both are started again.
    private func hostHasEnded() {
        let outcome = host?.stop()
        host = nil
        reloadCount = 0
        tell("the host has ended \(outcome?.description ?? ""): the module took it along; starting again")
        do { try serve() } catch { tell("\(error)\n--- waiting for a change") }
    }

    // MARK: Serving

    /// Starts a host on the data folder and tells how to call it.
    private func serve() throws {
        let manifest = try project.manifest()
        let bundle = try project.bundleDigest(manifest)
        let modules = try writeDeployment()
        let isQuiet = isQuiet
        let starting = try DevelopmentHost(deployment: deploymentFile, data: data, listen: listen) { line in
            if !line.isRoutine && !(isQuiet && line.isInformation) { CommandOutput.line(line.text) }
        }
        guard let address = starting.waitUntilServing() else {
            throw CommandFailure("The host does not serve; it ended \(starting.stop().description).")
        }
        listen = address
        do {
            for tenant in ["dev", "other"] where keys[tenant] == nil {
                keys[tenant] = try key(tenant)
            }
            if let failure = try failure(of: manifest.id) {
                guard !isQuiet else { throw CommandFailure("\(manifest.id) does not run: \(failure)") }
                tell("\(manifest.id) does not run: \(failure)")
            }
        } catch {
            starting.stop()
            throw error
        }
        host = starting
        served = bundle
        if !isQuiet { welcome(modules) }
    }

    private func key(_ tenant: String) throws -> String {
        let answer = try Administrator.perform(
            "key.create", ["tenant": tenant, "name": "gantry dev", "days": "1"], dataFolder: data)
        return JSONAnswer.text("key", of: answer) ?? ""
    }

    private func failure(of module: String) throws -> String? {
        let answer = try Administrator.perform("tenant.show", ["tenant": "dev"], dataFolder: data)
        return JSONAnswer.failure(of: module, inTenant: answer)
    }

    private func writeDeployment() throws -> [Manifest] {
        let modules = try project.modules(project.manifest())
        AuthorFiles.remove(deploymentFile)
        let text = project.deployment(modules, logLevel: "info")
        try AuthorFiles.write(Array(text.utf8), to: deploymentFile)
        return modules
    }

    /// A project keeps the kit that it was made with until somebody brings it another.
    private func tellOfOtherKit() {
        guard let kit = try? AuthorKit(folder: nil),
            let update = try? KitUpdate(of: project.folder, by: kit, version: Host.version), !update.isNothing
        else { return }
        let count = update.changes.count { $0.change != .kept }
        tell(
            "the kit in sdk is from gantry \(update.former.version ?? "of an unknown version"), this is "
                + "\(Host.version): \(count) files are others; `gantry kit update --dry-run` names them")
    }

    private func tell(_ text: String) { CommandOutput.line("--- \(text)") }

    /// How to call what is served: a line for each route that can be pasted into a shell.
    private func welcome(_ modules: [Manifest]) {
        var lines = ["--- \(modules[0].id) \(modules[0].version) is served at http://\(listen)"]
        lines.append("    key of the tenant dev:    \(keys["dev"] ?? "")")
        lines.append("    key of the tenant other:  \(keys["other"] ?? "")")
        lines.append("    saved changes are served at once; Ctrl-C ends\n")
        let samples = (try? AuthorFiles.read("\(project.bundles)/\(modules[0].id)/contract.json"))
            .flatMap { try? SampleBody(contract: $0) }
        for route in modules[0].routes where route.socket == nil {
            var words = ["curl"]
            if route.role != .public { words.append("-H 'Authorization: Bearer \(keys["dev"] ?? "")'") }
            if route.method != "GET" { words.append("-X \(route.method)") }
            if let body = samples?.body(of: route.operation) {
                words.append("-H 'Content-Type: application/json' -d '\(body)'")
            }
            lines.append((words + ["'http://\(listen)\(route.path)'"]).joined(separator: " "))
        }
        CommandOutput.line(lines.joined(separator: "\n") + "\n")
    }
}
