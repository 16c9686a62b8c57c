public import GantryKit

/// JSON without white space. The host bounds the nesting, so the recursion is bounded too.
public enum CompactJSON {
    /// The value without white space; of members with one name the last.
    public static func bytes(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        write(value, to: &writer)
        return writer.bytes
    }

    /// Writes a value without its white space.
    public static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value.kind {
        case .array:
            writer.beginArray()
            for element in value.elements { write(element, to: &writer) }
            writer.endArray()
        case .object:
            copyMembers(of: value, to: &writer)
        default: writer.value(value)
        }
    }

    private static func copyMembers(of object: JSONValue, to writer: inout JSONWriter) {
        var last: [[UInt8]: Int] = [:]
        for (name, member) in object.members { last[name.withText { [UInt8]($0) } ?? []] = member.index }
        let isDistinct = last.count == object.count
        writer.beginObject()
        for (name, member) in object.members
        where isDistinct || last[name.withText { [UInt8]($0) } ?? []] == member.index {
            writer.key(name.string ?? "")
            write(member, to: &writer)
        }
        writer.endObject()
    }
}
