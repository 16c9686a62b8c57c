import GantryKit
import PlatformParts

/// A free JSON object that is kept for a session or a station and merged key by key.
struct Metadata {
    /// The most keys that it may have.
    static let greatestCount = 50
    /// The most bytes that its JSON may have: 16 KiB.
    static let greatestSize = 16_384

    private var members: [(name: String, json: [UInt8])] = []

    /// An object without members.
    init() {}

    /// Reads stored JSON; nil gives an object without members.
    init(stored: [UInt8]?) throws {
        guard let stored else { return }
        try JSONDocument(stored, maximumDepth: 64).withRoot { merge($0) }
    }

    /// Whether it has no members.
    var isEmpty: Bool { members.isEmpty }

    /// Whether it keeps within the limits.
    var isWithinLimits: Bool {
        members.count <= Self.greatestCount && json.count <= Self.greatestSize
    }

    /// The object as JSON without white space.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for member in members {
            writer.key(member.name)
            writer.raw(member.json)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Takes the members of `object`: a null removes the key, anything else replaces its value.
    mutating func merge(_ object: JSONValue) {
        for (name, value) in object.members {
            guard let name = name.string else { continue }
            let position = position(of: name)
            guard !value.isNull else {
                if let position { members.remove(at: position) }
                continue
            }
            var writer = JSONWriter()
            CompactJSON.write(value, to: &writer)
            if let position {
                members[position].json = writer.bytes
            } else {
                members.append((name, writer.bytes))
            }
        }
    }

    /// The text of the member `name`, if it is a string that is not empty.
    func text(_ name: String) -> String? {
        guard let json = json(of: name) else { return nil }
        let text = try? JSONDocument(json).withRoot { $0.string }
        return text?.isEmpty == false ? text : nil
    }

    /// The number of the member `name`, if it is one.
    func number(_ name: String) -> Double? {
        guard let json = json(of: name) else { return nil }
        return try? JSONDocument(json).withRoot { $0.double }
    }

    private func json(of name: String) -> [UInt8]? {
        position(of: name).map { members[$0].json }
    }

    /// Names are compared byte by byte: strings that Swift calls equal may be different names in JSON.
    private func position(of name: String) -> Int? {
        members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Bytes of `value` as JSON without white space.
    static func size(_ value: JSONValue) -> Int { CompactJSON.bytes(value).count }
}
