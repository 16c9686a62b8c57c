import GantryCore
import GantryJSON

/// An event as a live stream sends it, made once for all who follow: the platform contract's `StreamEvent`.
public struct LiveFrame: Sendable {
    /// The practice that it concerns; nil for events of the whole organisation.
    let practice: String?
    /// The frame, with the empty line at its end.
    let bytes: [UInt8]

    /// Larger data are not shown.
    public static let maximumDataBytes = 16 * 1024

    /// Makes the frame of an event.
    /// - Parameters:
    ///   - data: a JSON object with what may be shown.
    public init(
        id: String, type: String, tenant: String, practice: String?, timeMilliseconds: Int64, data: [UInt8]
    ) {
        self.practice = practice
        var writer = JSONWriter(capacity: data.count + 256)
        writer.beginObject()
        writer.member("id", id)
        writer.member("type", type)
        writer.member("org_id", tenant)
        writer.key("practice_id")
        writer.string(practice)
        writer.key("occurred_at")
        writer.timestamp(milliseconds: timeMilliseconds)
        writer.key("data")
        writer.raw(data.count > Self.maximumDataBytes ? Array("{}".utf8) : data)
        writer.endObject()
        // Line ends in JSON are nothing but space between its parts; here they would end the line.
        let line = writer.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        bytes = Array("id: \(id)\nevent: \(type)\ndata: ".utf8) + line + Array("\n\n".utf8)
    }

    /// Whether a type is one that the contract lets a stream show: words of small letters, digits and low lines, two at
    /// least, parted by full stops.
    public static func canShow(type: String) -> Bool {
        let words = type.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return type.utf8.count <= 100 && words.count >= 2
            && words.allSatisfy { word in
                word.first?.isLowercaseLetter == true
                    && word.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
            }
    }
}
