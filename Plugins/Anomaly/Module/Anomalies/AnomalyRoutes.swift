import GantryKit
import PlatformParts

extension AnomalyModule {
    static var anomalyHandlers: [Handler<Self>] {
        [
            .operation("listAnomalies") { _, request in try listAnomalies(request) },
            .check("listAnomalies") { _, request, report in
                checkWindows(request.query, ["occurrence", "update"], report)
            },
            .operation("listAnomalyConnectors") { _, request in try listAnomalyConnectors(request) },
            .check("listAnomalyConnectors") { _, request, report in
                checkWindows(request.query, ["occurrence"], report)
            },
            .operation("listAnomalySessions") { _, request in try listAnomalySessions(request) },
            .check("listAnomalySessions") { _, request, report in
                checkWindows(request.query, ["occurrence"], report)
            },
            .operation("getAnomalyDetail") { module, request in try module.getAnomalyDetail(request) },
            .operation("updateIssue") { module, request in try module.updateIssue(request) },
        ]
    }

    /// Checks the windows whose bounds are called after `names`.
    private static func checkWindows(_ query: Fields, _ names: [String], _ report: borrowing FindingReport) {
        var check = RequestCheck(nowMilliseconds: 0)
        for name in names { check.window(query, from: "\(name)From", to: "\(name)To") }
        for finding in check.findings { report(finding) }
    }

    private func updateIssue(_ request: borrowing Request) throws -> Response {
        let update = try IssueUpdate(issueId: request.parameters[0], body: request.body)
        var isActiveMember = true
        if case .user(let userId) = update.assignment {
            isActiveMember = try Self.isActiveMember(userId, request)
        }
        let isKnown = isActiveMember
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        let caller = request.principal?.subject ?? ""
        let issue = try request.database.write { tx in
            try update.apply(by: caller, nowMilliseconds: now, tx, isActiveMember: isKnown)
        }
        return .json { writer in
            writer.beginObject()
            issue.writeMembers(to: &writer)
            writer.endObject()
        }
    }
}
