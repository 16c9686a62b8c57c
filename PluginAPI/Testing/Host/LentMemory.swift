package import CGantry
import GantryJSON

/// Memory that a host for tests lends to a module; freed with it.
package final class LentMemory {
    private var allocations: [UnsafeMutableRawPointer] = []

    package init() {}

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }

    package func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        memory.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }

    package func bytes(_ bytes: [UInt8]) -> gantry_str_v1 {
        gantry_str_v1(data: array(bytes), size: UInt64(bytes.count))
    }

    package func text(_ string: String) -> gantry_str_v1 { bytes(Array(string.utf8)) }

    package func fields(_ fields: [(name: String, value: String)]) -> UnsafePointer<gantry_field_v1>? {
        UnsafePointer(array(fields.map { gantry_field_v1(name: text($0.name), value: text($0.value)) }))
    }

    /// The document of a JSON text; throws where it is none.
    package func document(_ json: [UInt8]) throws -> gantry_document_v1 {
        let text = bytes(json)
        var nodes: [JSONNode] = []
        try JSONScanner.scan(UnsafeRawBufferPointer(start: text.data, count: Int(text.size)), into: &nodes)
        // Both types describe the same 20 bytes, as the interface and GantryJSON promise each other.
        let tape = array(nodes).map { UnsafeRawPointer($0).assumingMemoryBound(to: gantry_node_v1.self) }
        return gantry_document_v1(bytes: text, nodes: tape, node_count: UInt64(nodes.count))
    }
}

extension gantry_str_v1 {
    /// More than any memory has.
    private static let largest: UInt64 = 1 << 40

    /// Whether there is what its size says.
    var isSpan: Bool { size == 0 || data != nil && size <= Self.largest }

    /// A copy of the bytes.
    package var copiedBytes: [UInt8] {
        guard let data, size <= Self.largest else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(size)))
    }

    /// A copy of the text.
    package var copy: String { String(decoding: copiedBytes, as: UTF8.self) }
}

/// An error record with room for a message.
package final class ErrorRecord {
    package let pointer: UnsafeMutablePointer<gantry_error_v1>
    private let room: UnsafeMutablePointer<UInt8>
    private static let capacity = 1024

    package init() {
        pointer = .allocate(capacity: 1)
        room = .allocate(capacity: Self.capacity)
        room.initialize(repeating: 0, count: Self.capacity)
        pointer.initialize(
            to: gantry_error_v1(
                code: 0, message_capacity: UInt32(Self.capacity), message_size: 0, reserved: 0, message: room))
    }

    deinit {
        room.deallocate()
        pointer.deallocate()
    }

    package var message: String {
        guard pointer.pointee.message == room, pointer.pointee.message_size <= Self.capacity else {
            return "the error record is broken: write at most message_capacity bytes into the buffer that it has"
        }
        return String(
            decoding: UnsafeBufferPointer(
                start: room, count: min(Int(pointer.pointee.message_size), Self.capacity)),
            as: UTF8.self)
    }
}

extension UnsafeMutablePointer<gantry_error_v1> {
    /// Fills the record.
    func fill(code: Int = 0, _ message: String) {
        guard let room = pointee.message else { return }
        let bytes = Array(message.utf8.prefix(Int(pointee.message_capacity)))
        room.update(from: bytes, count: bytes.count)
        pointee.code = Int32(truncatingIfNeeded: code)
        pointee.message_size = UInt32(bytes.count)
    }
}
