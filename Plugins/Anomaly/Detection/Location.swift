/// Where a value was measured, in the words of OCPP. The raw codes are stored and never change.
public enum Location: UInt8, Sendable, CaseIterable {
    case body = 0
    case cable = 1
    case vehicle = 2
    case inlet = 3
    case outlet = 4

    /// The name in requests and responses.
    public var wireName: StaticString {
        switch self {
        case .body: "Body"
        case .cable: "Cable"
        case .vehicle: "EV"
        case .inlet: "Inlet"
        case .outlet: "Outlet"
        }
    }

    /// The location of a wire name, or nil when there is none of that name.
    /// - Parameter name: The bytes of the name, borrowed for the call.
    public init?(wireName name: UnsafeRawBufferPointer) {
        guard let match = WireName.find(name, among: Location.allCases, by: { $0.wireName }) else { return nil }
        self = match
    }
}
