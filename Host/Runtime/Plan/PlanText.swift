public import GantryJSON

/// Shows plans, and what became of their steps, to people.
public enum PlanText {
    /// The plan that `deployment.plan` answered with. Throws `JSONSyntaxError`.
    public static func plan(json: String) throws -> String {
        let document = try JSONDocument(Array(json.utf8))
        return document.withRoot { plan in
            let steps = plan["steps"].map { Array($0.elements) } ?? []
            let obstacles = plan["obstacles"].map { Array($0.elements) } ?? []
            let notes = plan["notes"].map { Array($0.elements) } ?? []
            var lines: [String] = []
            for step in steps { lines += self.lines(step) }
            if !notes.isEmpty { lines += ["", "Stays as it is:"] }
            for note in notes { lines.append("  = \(place(note)): \(text(note, "message"))") }
            if !obstacles.isEmpty { lines += ["", "In the way:"] }
            for obstacle in obstacles {
                let place = place(obstacle)
                lines.append("  ! \(place.isEmpty ? "" : place + ": ")\(text(obstacle, "message"))")
            }
            let target = plan["running"]?.bool == true ? "the running host" : "a folder that no host uses"
            let head = "Plan of \(text(plan, "deployment")) for \(target):"
            return ([head] + lines + ["", summary(steps, obstacles)]).map(shown).joined(separator: "\n")
        }
    }

    /// One line for a step that was done, from the answer of `deployment.step` or `migrate.apply`.
    public static func step(json: String, action: String) throws -> String {
        let document = try JSONDocument(Array(json.utf8))
        return document.withRoot { answer in
            let migrations = answer["migrations"].map { Array($0.elements) } ?? []
            let runs = migrations.map { "\(text($0, "name")) in \($0["milliseconds"]?.int64 ?? 0) ms" }
            let points = answer["restore_points"].map { $0.elements.compactMap { $0.string } } ?? []
            var line = "\(done(action))"
            if let place = answer["tenant"]?.string {
                line = "\(place)\(answer["module"]?.string.map { "/" + $0 } ?? ""): \(line)"
            } else if let module = answer["module"]?.string {
                line = "\(module): \(line)"
            }
            if !runs.isEmpty { line += "; \(count(runs.count, "migration")): \(runs.joined(separator: ", "))" }
            for table in answer["tables"].map({ Array($0.elements) }) ?? [] {
                let rows = [table["rows_before"], table["rows_after"]].map { $0?.int64.map(String.init) ?? "none" }
                if rows[0] != rows[1] { line += "; rows of \(text(table, "table")) \(rows[0]) → \(rows[1])" }
            }
            if !points.isEmpty { line += "; restore point \(points.joined(separator: ", "))" }
            return shown(line)
        }
    }

    /// `2 migrations`.
    public static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private static func lines(_ step: JSONValue) -> [String] {
        let action = text(step, "action")
        let sign = ["start", "grant"].contains(action) ? "+" : action == "stop" ? "-" : "~"
        let details = step["details"].map { $0.elements.compactMap { $0.string } } ?? []
        let place = place(step)
        var lines = ["  \(sign) \(place.isEmpty ? action : place): \(details.joined(separator: "; "))"]
        for migration in step["migrations"].map({ Array($0.elements) }) ?? [] {
            lines += self.lines(of: migration, indentation: 6)
        }
        return lines
    }

    private static func summary(_ steps: [JSONValue], _ obstacles: [JSONValue]) -> String {
        let migrations: [JSONValue] = steps.flatMap { step in step["migrations"].map { Array($0.elements) } ?? [] }
        let destructive = migrations.reduce(0) { $0 + ($1["destructive"]?.count ?? 0) }
        var parts: [String] = []
        if !steps.isEmpty { parts.append(count(steps.count, "change")) }
        if !migrations.isEmpty { parts.append(count(migrations.count, "migration")) }
        if destructive > 0 { parts.append(count(destructive, "destructive statement")) }
        if !obstacles.isEmpty { parts.append("\(count(obstacles.count, "obstacle")), so that nothing can be applied") }
        return parts.isEmpty ? "Nothing to do." : parts.joined(separator: ", ") + "."
    }

    private static func done(_ action: String) -> String {
        switch action {
        case "grant": "granted"
        case "isolate": "runs as the file says"
        case "bundles": "bundles found"
        case "tenant": "made or changed"
        case "stop": "stopped; its data is kept"
        case "start": "started"
        case "change": "changed"
        case "upgrade": "started from another build"
        case "migrate": "migrated"
        default: action
        }
    }

    private static func place(_ object: JSONValue) -> String {
        [object["tenant"]?.string, object["module"]?.string].compactMap(\.self).joined(separator: "/")
    }

    private static func text(_ object: JSONValue, _ name: String) -> String { object[name]?.string ?? "" }

    /// What files and commands name must not steer the terminal.
    private static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 0x20 && scalar != "\n" || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar
                }))
    }
}

extension PlanText {
    /// The lines of one instance in the answer of `migrate.plan`; none when nothing is pending and nothing is wrong.
    public static func pending(_ instance: JSONValue) -> [String] {
        let message = instance["message"]?.string
        let migrations = instance["pending"].map { Array($0.elements) } ?? []
        if migrations.isEmpty, message == nil { return [] }
        var lines = ["\(place(instance)): \(text(instance, "state"))\(message.map { ". \($0)" } ?? "")"]
        for migration in migrations { lines += self.lines(of: migration, indentation: 2) }
        return lines.map(shown)
    }

    private static func lines(of migration: JSONValue, indentation: Int) -> [String] {
        let space = String(repeating: " ", count: indentation)
        let head = "\(space)migration \(migration["version"]?.int64 ?? 0) \(text(migration, "name"))"
        let destructive = migration["destructive"].map { $0.elements.compactMap { $0.string } } ?? []
        return [head]
            + destructive.map { statement in
                // The folder is the bundle's; the file's name tells enough.
                let place = statement.split(separator: ":").first ?? ""
                let folder = place.lastIndex(of: "/").map { place[...$0].count } ?? 0
                return "\(space)  ! \(statement.dropFirst(folder))"
            }
    }
}
