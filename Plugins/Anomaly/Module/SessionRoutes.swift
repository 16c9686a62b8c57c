import AnomalyDetection
import GantryKit
import PlatformParts

extension AnomalyModule {
    static var sessionHandlers: [Handler<Self>] {
        [
            .operation("createSession") { module, request in try module.createSession(request) },
            .check("createSession") { module, request, report in
                try module.checkSession(request, report) { $0.newSession($1) }
            },
            .operation("getSession") { _, request in try getSession(request) },
            .operation("replaceSession") { module, request in try module.changeSession(request, .replace) },
            .check("replaceSession") { module, request, report in
                try module.checkSession(request, report) { $0.change($1) }
            },
            .operation("updateSession") { module, request in try module.changeSession(request, .append) },
            .check("updateSession") { module, request, report in
                try module.checkSession(request, report) { $0.change($1) }
            },
            .operation("listSessions") { _, request in try listSessions(request) },
            .check("listSessions") { _, request, report in
                var check = RequestCheck(nowMilliseconds: 0)
                check.window(request.query, from: "dateFrom", to: "dateTo")
                for finding in check.findings { report(finding) }
            },
        ]
    }

    /// Runs a check of the body and reports what it finds.
    static func check(
        _ request: borrowing Request, _ report: borrowing FindingReport,
        _ body: (inout RequestCheck, JSONValue) -> Void
    ) throws {
        var check = RequestCheck(nowMilliseconds: try request.clock.milliseconds())
        body(&check, request.body)
        for finding in check.findings { report(finding) }
    }

    /// Runs a check of a session's body, and keeps the readings for the handler.
    private func checkSession(
        _ request: borrowing Request, _ report: borrowing FindingReport,
        _ body: (inout RequestCheck, JSONValue) -> Void
    ) throws {
        handover.put(nil, of: request)
        var check = RequestCheck(nowMilliseconds: try request.clock.milliseconds())
        body(&check, request.body)
        for finding in check.findings { report(finding) }
        handover.put(check.findings.isEmpty ? check.readings : nil, of: request)
    }

    private func createSession(_ request: borrowing Request) throws -> Response {
        let moment = try WriteMoment.ofCreation(request, clock)
        let new = try NewSession(request.body, read: handover.take(request))
        // A session that is too short to be judged needs no model.
        let isJudged = new.input.readings.readings.count >= SessionPipeline.leastReadings
        let configuration =
            isJudged
            ? try request.database.read { tx in try ModelTable.sessionConfiguration(settings.installation, tx) }
            : DetectionConfiguration()
        let prepared = SessionWriter.Prepared(new, configuration, nowMilliseconds: moment.nowMilliseconds)
        let writer = SessionWriter(moment: moment)
        return Response(
            contentType: "application/json", bytes: try request.database.write { tx in try writer.store(prepared, tx) })
    }

    private func changeSession(
        _ request: borrowing Request, _ manner: SessionChange.Manner
    ) throws -> Response {
        let body = request.body
        let input = try SessionInput(
            sessionId: request.parameters[0], body: body, read: handover.take(request))
        let change = SessionChange(
            input: input, manner: manner, list: body["meterValues"], installation: settings.installation)
        let random = request.random
        let time = request.clock
        let state = try SessionWriter.apply(change, in: request.database) {
            WriteMoment(
                nowMilliseconds: clock.change(nowMilliseconds: try time.milliseconds()), random: random)
        }
        return Response(contentType: "application/json", bytes: state)
    }

    private static func getSession(_ request: borrowing Request) throws -> Response {
        let sessionId = request.parameters[0]
        return try request.database.read { tx in
            guard let session = try SessionTable.find(sessionId, tx) else {
                throw Failure(404, reason: "not_found", "No such session.")
            }
            return try .json(capacity: 1024 + session.readingCount * 160) { writer in
                writer.beginObject()
                SessionJSON.writeState(session, to: &writer)
                writer.key("meterValues")
                writer.beginArray()
                var readings = ReadingWriter()
                try SessionTable.forEachReading(sessionId, tx) { readings.write($0, to: &writer) }
                writer.endArray()
                writer.endObject()
            }
        }
    }
}
