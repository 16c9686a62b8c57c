import CGantry
import GantryCore

/// What the tables of services have in common.
enum ServiceCalls {
    /// Finds the call, and the port that must be granted; what `body` throws becomes status and error record.
    static func run<Port>(
        _ call: UnsafePointer<gantry_call_v1>?, _ path: KeyPath<ServicePorts, Port?>,
        _ error: UnsafeMutablePointer<gantry_error_v1>? = nil, waits: Bool = false,
        needs right: (capability: Manifest.Capability, function: StaticString)? = nil,
        _ body: (ModuleCall, Port) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        if waits, !ThreadRule.mayWait { return ModuleStatus.thread.rawValue }
        guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
        if let right, !call.instance.isGranted(right.capability) {
            return call.instance.deny(right.capability, right.function).rawValue
        }
        guard let port = call.instance.ports.services[keyPath: path] else {
            return right.map { call.instance.deny($0.capability, $0.function).rawValue } ?? ModuleStatus.denied.rawValue
        }
        do throws(PortOutcome) { return try body(call, port).rawValue } catch let outcome {
            error?.fill(code: outcome.code, message: outcome.message)
            return outcome.status.rawValue
        }
    }

    /// Text of the module; throws when it is no UTF-8 or too long.
    static func text(
        _ text: gantry_str_v1, atMost maximumBytes: UInt64, _ name: String
    ) throws(PortOutcome) -> String {
        guard text.size <= maximumBytes else {
            throw PortOutcome(.limit, message: "`\(name)` is longer than \(maximumBytes) bytes.")
        }
        guard let text = text.text else { throw PortOutcome(.invalid, message: "`\(name)` is no UTF-8.") }
        return text
    }

    /// Names with values of the module.
    static func fields(
        _ fields: UnsafePointer<gantry_field_v1>?, _ count: UInt64, atMost maximum: UInt64, _ name: String
    ) throws(PortOutcome) -> [(name: String, value: String)] {
        guard count <= maximum else {
            throw PortOutcome(.limit, message: "`\(name)` has more than \(maximum) members.")
        }
        guard count > 0 else { return [] }
        guard let fields else { throw PortOutcome(.invalid, message: "`\(name)` is missing.") }
        var list: [(name: String, value: String)] = []
        for index in 0..<Int(count) {
            guard let name = fields[index].name.text, let value = fields[index].value.text else {
                throw PortOutcome(.invalid, message: "Member \(index) of `\(name)` is no UTF-8.")
            }
            list.append((name, value))
        }
        return list
    }

    /// Lends bytes to a function of the module.
    static func lend(_ bytes: [UInt8], to function: gantry_bytes_fn_v1, _ context: UnsafeMutableRawPointer?) -> Int32 {
        bytes.withUnsafeBytes { function(context, gantry_str_v1($0)) }
    }
}

/// Texts in one piece of memory, lent to the module as long as a closure runs.
struct LentTexts {
    private var bytes: [UInt8] = []
    private var ranges: [TextRange] = []

    /// Adds a text and gives its number.
    mutating func add(_ text: String) -> Int {
        ranges.append(TextRange(start: bytes.count, count: text.utf8.count))
        bytes += text.utf8
        return ranges.count - 1
    }

    /// Hands over all texts by their numbers.
    func lend<Result>(_ body: ([gantry_str_v1]) -> Result) -> Result {
        // One byte more, so that there is an address also when all texts are empty.
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return body([]) }
            return body(ranges.map { gantry_str_v1($0, in: base) })
        }
    }
}
