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
    private let obstacleCodes: Set<String>

    init(json: String) throws {
        self.json = json
        let document = try JSONDocument(Array(json.utf8))
        var steps: [Step] = []
        (obstacleCount, obstacleCodes) = document.withRoot { root in
            for step in root["steps"].map({ Array($0.elements) }) ?? [] {
                var arguments: [String: String] = [:]
                if let members = step["arguments"]?.members {
                    for member in members { arguments[member.name.string ?? ""] = member.value.string }
                }
                let action = step["action"]?.string ?? ""
                arguments["action"] = action
                steps.append(Step(action: action, arguments: arguments))
            }
            let codes = (root["obstacles"].map { Array($0.elements) } ?? []).map { $0["code"]?.string ?? "" }
            return (codes.count, Set(codes))
        }
        self.steps = steps
    }

    /// Whether one of the kinds stands in the way.
    func hasObstacle(_ codes: Set<String>) -> Bool { !obstacleCodes.isDisjoint(with: codes) }
}

/// Paths as they are the same for a host that runs in another folder.
enum AbsolutePath {
    static func of(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
