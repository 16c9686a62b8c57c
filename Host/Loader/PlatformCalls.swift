import CGantry
import CGantryServices
public import GantryCore

/// What the host does for a module that keeps its tenants' accounts. `caller` is who made the request that the call
/// belongs to; nil where there is none.
public protocol PlatformPort: AnyObject, Sendable {
    /// Serves one call, whose arguments were checked. It waits only where the service says that it may.
    func serve(
        _ service: PlatformService, _ arguments: [PlatformValue], caller: Principal?
    ) throws(PortOutcome) -> PlatformValue?
}

/// What a service of the host takes or gives.
public enum PlatformValue: Sendable, Equatable {
    case text(String)
    case number(Int64)

    /// The text; empty for a number.
    public var text: String { if case .text(let text) = self { text } else { "" } }
    /// The number; 0 for a text.
    public var number: Int64 { if case .number(let number) = self { number } else { 0 } }
}

/// Calls of services whose provider is the host itself.
enum PlatformCalls {
    private static let maximumTextBytes = 1 << 20

    /// Serves the call of a declaration that names the host; who calls, and with what, was checked.
    static func serve(
        _ declaration: ServiceDeclaration, _ service: UnsafePointer<gantry_service>,
        _ arguments: UnsafePointer<gantry_value_v1>?, for call: ModuleCall, _ receiver: ServiceReceiver
    ) -> PortOutcome {
        guard let known = PlatformService(declaration) else {
            return PortOutcome(.unsupported, message: "The host has no service `\(declaration)`.")
        }
        guard call.instance.isGranted(.accounts), let port = call.instance.ports.services.platform else {
            _ = call.instance.deny(.accounts, "gantry.services.call")
            return PortOutcome(.denied, message: "`\(declaration.qualifiedName)` needs the capability `accounts`.")
        }
        guard !known.mayWait || ThreadRule.mayWait else {
            return PortOutcome(.thread, message: "`\(declaration.qualifiedName)` may wait, and nothing may wait here.")
        }
        do throws(PortOutcome) {
            let values = try values(arguments, declaration)
            guard let result = try port.serve(known, values, caller: call.principal) else { return .ok }
            var taken = ServiceResult(type: service.pointee.result, receiver)
            return withUnsafeMutablePointer(to: &taken) { taken in
                let status = lend(result, declaration.result) { ServiceResult.take(taken, $0) }
                return taken.pointee.outcome(ModuleStatus(rawValue: status))
            }
        } catch {
            return error
        }
    }

    private static func values(
        _ arguments: UnsafePointer<gantry_value_v1>?, _ declaration: ServiceDeclaration
    ) throws(PortOutcome) -> [PlatformValue] {
        var values: [PlatformValue] = []
        values.reserveCapacity(declaration.parameters.count)
        for (index, type) in declaration.parameters.enumerated() {
            guard let argument = arguments?[index] else {
                throw PortOutcome(.invalid, message: "An argument is missing.")
            }
            guard type == .string else {
                values.append(.number(argument.integer))
                continue
            }
            guard argument.bytes.size <= maximumTextBytes, let text = argument.bytes.text else {
                throw PortOutcome(.limit, message: "An argument has more than \(maximumTextBytes) bytes.")
            }
            values.append(.text(text))
        }
        return values
    }

    private static func lend(
        _ value: PlatformValue, _ type: ServiceDeclaration.ValueType?,
        _ body: (UnsafePointer<gantry_value_v1>) -> Int32
    ) -> Int32 {
        var lent = gantry_value_v1()
        switch value {
        case .number(let number):
            lent.type = Int32(bitPattern: GANTRY_VALUE_INTEGER.rawValue)
            lent.integer = number
            return body(&lent)
        case .text(var text):
            return text.withUTF8 { bytes in
                lent.type = Int32(bitPattern: GANTRY_VALUE_TEXT.rawValue)
                lent.bytes = gantry_str_v1(UnsafeRawBufferPointer(bytes))
                return body(&lent)
            }
        }
    }
}
