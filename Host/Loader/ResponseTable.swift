import CGantry
import GantryCore

/// `gantry.response`: the answers to a request. Any thread; the call's handle decides whether it still may.
enum ResponseTable {
    /// Bodies beyond this are refused, so that one answer cannot take the process' memory: 64 MiB.
    private static let maximumBodyBytes: UInt64 = 64 << 20
    private static let maximumFields: UInt64 = 1000

    static let send:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_str_v1, UnsafePointer<gantry_field_v1>?, UInt64,
            gantry_str_v1
        ) -> Int32 = { call, httpStatus, contentType, headers, headerCount, body in
            Misuse.checked(call, "gantry.response.send") {
                guard (200...599).contains(httpStatus) else { return .invalid }
                guard body.size <= maximumBodyBytes else { return .limit }
                guard body.isSpan, let fields = fields(contentType, headers, headerCount) else { return .invalid }
                return answer(call) { sink in
                    sink.send(
                        status: Int(httpStatus), contentType: contentType.buffer, headers: fields, body: body.buffer)
                }
            }
        }

    static let fail:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_str_v1, gantry_str_v1, gantry_str_v1
        ) -> Int32 = { call, httpStatus, reason, message, details in
            Misuse.checked(call, "gantry.response.fail") {
                guard details.size <= maximumBodyBytes else { return .limit }
                guard (400...599).contains(httpStatus), let reason = reason.text, let message = message.text,
                    details.isSpan
                else { return .invalid }
                let failure = ModuleFailure(
                    status: Int(httpStatus), reason: reason, message: message, details: Array(details.buffer))
                return answer(call) { $0.fail(failure) }
            }
        }

    static let refuse:
        @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafePointer<gantry_finding_v1>?, UInt64) -> Int32 = {
            call, findings, count in
            Misuse.checked(call, "gantry.response.refuse") {
                guard let findings, count > 0, count <= maximumFields else { return .invalid }
                var list: [FieldFinding] = []
                for index in 0..<Int(count) {
                    guard let finding = FieldFinding(findings[index]) else { return .invalid }
                    list.append(finding)
                }
                return answer(call) { $0.refuse(list) }
            }
        }

    /// A copy of a response's headers; nil when one of them, or the content type, may not stand in a response.
    static func fields(
        _ contentType: gantry_str_v1, _ headers: UnsafePointer<gantry_field_v1>?, _ count: UInt64
    ) -> [ReplyField]? {
        guard contentType.isSpan, contentType.buffer.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return nil }
        guard count <= maximumFields, headers != nil || count == 0 else { return nil }
        var fields: [ReplyField] = []
        for index in 0..<Int(count) {
            guard let field = headers?[index], let name = field.name.text, let value = field.value.text,
                HeaderRules.isName(name), HeaderRules.isValue(value)
            else { return nil }
            fields.append(ReplyField(name: name, value: value))
        }
        return fields
    }

    private static func answer(
        _ call: UnsafePointer<gantry_call_v1>?, _ give: (any ReplySink) -> Void
    ) -> ModuleStatus {
        guard let call = ModuleCall.resolve(call) else { return .stale }
        guard let sink = call.sink else { return .invalid }
        let isForsaken = call.isForsaken
        guard call.claimAnswer() else { return .already }
        if !isForsaken { give(sink) }
        call.finishAnswer()
        return isForsaken ? .stale : .ok
    }
}

extension FieldFinding {
    /// A copy of what a module reports; nil when a text is not UTF-8.
    init?(_ finding: gantry_finding_v1) {
        guard let path = finding.path.text, let code = finding.code.text, let message = finding.message.text else {
            return nil
        }
        self.init(
            field: path, code: code, message: message, location: Location(rawValue: finding.location) ?? .body)
    }
}

/// What may stand in a header that a module sets: nothing that could start a second header or response.
enum HeaderRules {
    private static let punctuation = Set("!#$%&'*+-.^_`|~".utf8)

    /// A token of RFC 9110 that the host does not write itself.
    static func isName(_ name: String) -> Bool {
        let lower = name.lowercased()
        let reserved = ["content-length", "transfer-encoding", "connection", "upgrade", "trailer", "keep-alive"]
        return !name.isEmpty && !reserved.contains(lower)
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || punctuation.contains(byte)
            }
    }

    /// Visible characters, spaces and tabs.
    static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == 9 || ($0 >= 0x20 && $0 != 0x7f) }
    }
}
