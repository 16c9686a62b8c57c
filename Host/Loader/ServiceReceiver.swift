import CGantry
import CGantryServices

/// Where the caller of a service wants its result. Used within the call alone.
struct ServiceReceiver {
    let function: gantry_service_result_fn_v1?
    let context: UnsafeMutableRawPointer?

    init(_ function: gantry_service_result_fn_v1?, _ context: UnsafeMutableRawPointer?) {
        self.function = function
        self.context = context
    }
}

/// What an exporting module gives as its result, judged and handed on. Lives on the stack of one call.
struct ServiceResult {
    private static let maximumBytes: UInt64 = 16 << 20

    private let type: UInt8
    private let receiver: ServiceReceiver
    private var count = 0
    private var fault: String?

    init(type: UInt8, _ receiver: ServiceReceiver) {
        self.type = type
        self.receiver = receiver
    }

    /// `gantry_service_result_fn_v1`, whose context is a `ServiceResult`.
    static let take: gantry_service_result_fn_v1 = { context, value in
        guard let context else { return ModuleStatus.invalid.rawValue }
        return context.assumingMemoryBound(to: ServiceResult.self).pointee.take(value).rawValue
    }

    private mutating func take(_ value: UnsafePointer<gantry_value_v1>?) -> ModuleStatus {
        count += 1
        if count > 1 {
            fault = "it gave more than one result"
            return .already
        }
        guard let value, UInt32(type) != GANTRY_SERVICE_NONE.rawValue,
            value.pointee.type == gantry_service_value_type(type), value.pointee.isFit(for: type)
        else {
            fault = "its result is not of the declared type"
            return .invalid
        }
        guard value.pointee.type < 3 || value.pointee.bytes.size <= Self.maximumBytes else {
            fault = "its result has more than \(Self.maximumBytes) bytes"
            return .limit
        }
        return receiver.function.map { ModuleStatus(rawValue: $0(receiver.context, value)) } ?? .ok
    }

    /// What the call answers, when the module answered `status`.
    func outcome(_ status: ModuleStatus, code: Int32 = 0, message: String = "") -> PortOutcome {
        if let fault { return PortOutcome(.failed, message: fault) }
        guard status == .ok else {
            // To its caller a stale handle means its own.
            guard (-12...(-1)).contains(status.rawValue), status != .stale else {
                return PortOutcome(.failed, message: "it answered \(status)")
            }
            return PortOutcome(status, code: code, message: message)
        }
        if UInt32(type) != GANTRY_SERVICE_NONE.rawValue && count == 0 {
            return PortOutcome(.failed, message: "it answered without a result")
        }
        return .ok
    }
}
