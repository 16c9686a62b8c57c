import CGantry
import GantryCore

/// `gantry.settings`: what the operator decided for the instance.
enum SettingsTable {
    static let configuration:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?) -> Int32 = {
            call, onValue, context in
            guard let onValue else { return ModuleStatus.invalid.rawValue }
            guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            return ServiceCalls.lend(Array(call.instance.configuration.utf8), to: onValue, context)
        }

    static let secret:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?
        ) -> Int32 = { call, name, onValue, context in
            guard let onValue else { return ModuleStatus.invalid.rawValue }
            return ServiceCalls.run(call, \.secrets, needs: (.secrets, "gantry.settings.secret")) {
                call, secrets throws(PortOutcome) in
                guard let name = name.text, call.instance.manifest.secrets.contains(where: { $0.name == name }) else {
                    return .invalid
                }
                guard call.instance.isGranted(.secrets, part: name) else {
                    throw call.instance.refusal(.secrets, part: name, "gantry.settings.secret")
                }
                guard let value = try secrets.secret(name) else { return .end }
                return ModuleStatus(rawValue: ServiceCalls.lend(Array(value.utf8), to: onValue, context))
            }
        }
}
