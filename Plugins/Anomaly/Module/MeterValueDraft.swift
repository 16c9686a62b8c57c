import AnomalyDetection
import GantryKit

/// One meter value of a request, read in place. What is missing or malformed is nil: the contract check has reported
/// it.
struct MeterValueDraft {
    /// When it was read, in milliseconds since 1970.
    var timestamp: Int64?
    /// The value as it was sent.
    var value: Double?
    /// What was measured, with the default filled in; nil when a name was sent that does not exist.
    var measurand: Measurand? = .energyActiveImportRegister
    /// Unit as it was sent.
    var unit: Unit?
    /// Phase as it was sent.
    var phase: Phase?
    /// Where it was measured, with the default filled in.
    var location: Location = .outlet
    /// Whether the sender computed the value.
    var isReconstructed = false

    /// Reads the members that are known; of one that occurs twice the last counts.
    init(_ element: JSONValue) {
        for (name, member) in element.members {
            switch name.textLength {
            case 4 where name.stringEquals("unit"):
                unit = Self.named(member, Unit.init(wireName:))
            case 5 where name.stringEquals("value"):
                value = member.double
            case 5 where name.stringEquals("phase"):
                phase = Self.named(member, Phase.init(wireName:))
            case 8 where name.stringEquals("location"):
                location = Self.named(member, Location.init(wireName:)) ?? .outlet
            case 9 where name.stringEquals("timestamp"):
                timestamp = member.withText { RFC3339.milliseconds($0) } ?? nil
            case 9 where name.stringEquals("measurand"):
                measurand =
                    member.isNull ? .energyActiveImportRegister : Self.named(member, Measurand.init(wireName:))
            case 13 where name.stringEquals("reconstructed"):
                isReconstructed = member.bool ?? false
            default: break
            }
        }
    }

    /// The reading, with the measurand's default unit filled in; nil when the draft is not complete.
    var reading: Reading? {
        guard let timestamp, let value, let measurand else { return nil }
        return Reading(
            timestampMilliseconds: timestamp, value: value, measurand: measurand, unit: unit ?? measurand.defaultUnit,
            phase: phase, location: location, isReconstructed: isReconstructed)
    }

    private static func named<Name>(_ value: JSONValue, _ find: (UnsafeRawBufferPointer) -> Name?) -> Name? {
        value.withText { find(UnsafeRawBufferPointer($0)) } ?? nil
    }
}

extension JSONValue {
    /// Bytes of a string's text; escapes are undone only where there are any.
    fileprivate var textLength: Int {
        hasEscapes ? (withText { $0.count } ?? 0) : rawBytes.count
    }
}
