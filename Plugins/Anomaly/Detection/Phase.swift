/// Phase a value belongs to, in the words of OCPP; no phase means the total. The raw codes are stored and never change.
public enum Phase: UInt8, Sendable, CaseIterable {
    case l1 = 0
    case l2 = 1
    case l3 = 2
    case neutral = 3
    case l1ToNeutral = 4
    case l2ToNeutral = 5
    case l3ToNeutral = 6
    case l1ToL2 = 7
    case l2ToL3 = 8
    case l3ToL1 = 9

    /// The name in requests and responses.
    public var wireName: StaticString {
        switch self {
        case .l1: "L1"
        case .l2: "L2"
        case .l3: "L3"
        case .neutral: "N"
        case .l1ToNeutral: "L1-N"
        case .l2ToNeutral: "L2-N"
        case .l3ToNeutral: "L3-N"
        case .l1ToL2: "L1-L2"
        case .l2ToL3: "L2-L3"
        case .l3ToL1: "L3-L1"
        }
    }

    /// The phase of a wire name, or nil when there is none of that name.
    /// - Parameter name: The bytes of the name, borrowed for the call.
    public init?(wireName name: UnsafeRawBufferPointer) {
        guard let match = WireName.find(name, among: Phase.allCases, by: { $0.wireName }) else { return nil }
        self = match
    }

    /// Which of three conductors the value belongs to (0 to 2), whether measured against neutral or not; nil for the
    /// neutral conductor itself and for values between two phases.
    var conductor: Int? {
        switch self {
        case .l1, .l1ToNeutral: 0
        case .l2, .l2ToNeutral: 1
        case .l3, .l3ToNeutral: 2
        case .neutral, .l1ToL2, .l2ToL3, .l3ToL1: nil
        }
    }

    /// Whether the value lies between two phases.
    var isBetweenPhases: Bool {
        switch self {
        case .l1ToL2, .l2ToL3, .l3ToL1: true
        default: false
        }
    }
}
