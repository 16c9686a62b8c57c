import GantryJSON
import GantryRuntime
import Glibc

/// A plan, as the command line goes through it.
struct PlannedSteps {
    struct Step {
        var action: String
        var arguments: [String: String]
    }

    let json: String
    var steps: [Step] = []
    let obstacleCount: Int

    init(json: String) throws {
        self.json = json
        let document = try JSONDocument(Array(json.utf8))
        var steps: [Step] = []
        obstacleCount = document.withRoot { root in
            for step in root["steps"].map({ Array($0.elements) }) ?? [] {
                var arguments: [String: String] = [:]
                if let members = step["arguments"]?.members {
                    for member in members { arguments[member.name.string ?? ""] = member.value.string }
                }
                let action = step["action"]?.string ?? ""
                arguments["action"] = action
                steps.append(Step(action: action, arguments: arguments))
            }
            return root["obstacles"]?.count ?? 0
        }
        self.steps = steps
    }
}

/// Paths as they are the same for a host that runs in another folder.
enum AbsolutePath {
    static func of(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
