import GantryJSON

/// A line of the host's log, in a form that an author reads at a glance.
public struct HostLine: Sendable {
    /// The line, such as `12:31:05 error  dev/notes  The handler failed  operation=addNote`.
    public let text: String
    /// What the host said, alone.
    public let message: String
    /// Whether the host tells of nothing unusual: a start, a request.
    public let isInformation: Bool
    /// The member `address` of the line; nil where it has none.
    public let address: String?

    /// What is told in front, or is the same in every line of one project.
    private static let known: Set<String> = [
        "timestamp", "level", "message", "trace_id", "span_id", "request_id", "tenant", "module", "client",
    ]

    /// Whether it is of the host's own life, which whoever starts it follows anyway.
    public var isRoutine: Bool {
        ["Gantry serves.", "Draining.", "Gantry has stopped."].contains(message)
    }

    /// A request in a few words, such as `GET /v1/notes 200 312 µs`; nil for other lines.
    private static func request(_ root: JSONValue) -> String? {
        guard root["message"]?.string == "request", let status = root["status"]?.int64 else { return nil }
        let duration = root["duration_us"]?.int64 ?? 0
        return "\(root["method"]?.string ?? "") \(root["route"]?.string ?? "") \(status) \(duration) µs"
    }

    /// Reads a line as the host writes it; what is no JSON object is kept as it is.
    public init(_ line: String) {
        guard let document = try? JSONDocument(Array(line.utf8)), document.withRoot({ $0["message"] != nil }) else {
            (text, message, isInformation, address) = (line, line, false, nil)
            return
        }
        (text, message, isInformation, address) = document.withRoot { root in
            let said = root["message"]?.string ?? ""
            let message: String = Self.request(root) ?? said
            let time = (root["timestamp"]?.string ?? "").dropFirst(11).prefix(8)
            let level = root["level"]?.string ?? ""
            let place = [root["tenant"]?.string, root["module"]?.string].compactMap(\.self).joined(separator: "/")
            var facts: [String] = []
            for member in root.members where said != "request" {
                guard let name = member.name.string, !Self.known.contains(name) else { continue }
                facts.append(
                    "\(name)=\(member.value.string ?? String(decoding: member.value.jsonBytes, as: UTF8.self))")
            }
            let parts = ["\(time)", level.padded(to: 7), place, message] + facts
            return (
                parts.filter { !$0.isEmpty }.joined(separator: "  "), message, level == "info" || level == "debug",
                root["address"]?.string
            )
        }
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - self.count))
    }
}
