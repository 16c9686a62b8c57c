import CGantry
import GantryKit

/// `gantry.response`: whole answers.
enum ResponseTable {
    /// As in the real host: a body beyond this is refused by its size, before anything of it is read.
    private static let maximumBodyBytes: UInt64 = 64 << 20

    static let table = gantry_response_v1(
        send: { call, status, type, headers, count, body in
            answer(call, "gantry.response send", bodyBytes: body.size) {
                guard (100...599).contains(status), SystemTables.fields(headers, count).allSatisfy(isHeader) else {
                    return nil
                }
                return TestResponse(
                    status: Int(status), contentType: type.copy,
                    headers: SystemTables.fields(headers, count).map { (name: $0.0, value: $0.1) },
                    body: body.copiedBytes)
            }
        },
        fail: { call, status, reason, message, details in
            answer(call, "gantry.response fail", bodyBytes: details.size) {
                guard (400...599).contains(status) else { return nil }
                return TestResponse(
                    status: Int(status), contentType: "application/json", body: details.copiedBytes,
                    reason: reason.copy, message: message.copy)
            }
        },
        refuse: { call, findings, count in
            answer(call, "gantry.response refuse") {
                let findings = UnsafeBufferPointer(start: findings, count: findings == nil ? 0 : Int(count))
                return TestResponse(
                    status: 422, contentType: "application/json", findings: findings.map(Finding.init(copying:)))
            }
        })

    /// A header that would begin another line, or another header, is refused.
    static func isHeader(_ field: (String, String)) -> Bool {
        let name = field.0.utf8
        return !name.isEmpty && name.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
            && field.1.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
    }

    private static func answer(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, bodyBytes: UInt64 = 0,
        _ response: () -> TestResponse?
    ) -> Int32 {
        TestHost.with(call, function) { host, call in
            guard call.kind == .request else { return .invalid }
            guard bodyBytes <= maximumBodyBytes else { return .limit }
            guard let response = response() else { return .invalid }
            let status = host.state.withLock { _ -> Status in
                if call.isAnswered || call.isStarted { return .already }
                if call.isOver { return .stale }
                call.isAnswered = true
                call.response = response
                return .ok
            }
            if status == .ok { host.finish(call) }
            return status
        }
    }
}

extension Finding {
    /// A copy of what the interface lends.
    init(copying raw: gantry_finding_v1) {
        self.init(raw.path.copy, code: raw.code.copy, raw.message.copy, in: Location(rawValue: raw.location) ?? .body)
    }
}
