import CGantry

/// Between the documents of the interface, `Codable` and the writer.
enum JSONCoding {
    /// Decodes a value in place.
    static func decode<Value: Decodable>(_ type: Value.Type, from json: JSONValue) throws -> Value {
        try TapeDecoder(json, in: nil, at: nil).unwrap(type)
    }

    /// The JSON text of `value`.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let state = WriterState()
        try state.write(value, path: nil)
        state.close(to: 0)
        return state.writer.bytes
    }

    /// The root of a document as the host hands it over; `null` where there is none.
    static func root(of document: UnsafePointer<gantry_document_v1>?) -> JSONValue {
        guard let document, document.pointee.node_count > 0, let nodes = document.pointee.nodes,
            let bytes = document.pointee.bytes.data
        else { return absent.root }
        // Both types describe the same 20 bytes, as the interface and GantryJSON promise each other.
        return JSONValue(bytes: bytes, nodes: UnsafeRawPointer(nodes).assumingMemoryBound(to: JSONNode.self))
    }

    /// A document that lives as long as the process and says `null`.
    private static let absent: JSONDocument = {
        guard let document = try? JSONDocument("null") else { preconditionFailure("null is JSON") }
        return document
    }()
}

/// A place in a value, linked towards its root so that going deeper costs no copy. Made for containers only, so that a
/// scalar costs no allocation.
final class CodingPath: Sendable {
    private let parent: CodingPath?
    private let key: any CodingKey

    init(_ parent: CodingPath?, _ key: any CodingKey) {
        self.parent = parent
        self.key = key
    }

    /// The keys from the root to the place.
    static func keys(_ path: CodingPath?) -> [any CodingKey] {
        var keys: [any CodingKey] = []
        var place = path
        while let current = place {
            keys.append(current.key)
            place = current.parent
        }
        return keys.reversed()
    }
}

/// The position of an element, or the name of a member that no other key type stands for.
enum PositionKey: CodingKey {
    case position(Int)
    case name(String)

    var stringValue: String {
        switch self {
        case .position(let position): String(position)
        case .name(let name): name
        }
    }

    var intValue: Int? {
        if case .position(let position) = self { position } else { nil }
    }

    init(_ position: Int) {
        self = .position(position)
    }

    init(stringValue: String) {
        self = .name(stringValue)
    }

    init?(intValue: Int) {
        self = .position(intValue)
    }
}
