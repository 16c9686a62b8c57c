import GantryJSON
import Testing

@Suite("Layout of the tape")
struct JSONNodeTests {
    @Test("a node has the size, stride and alignment of gantry_node_v1")
    func layout() {
        #expect(MemoryLayout<JSONNode>.size == 20)
        #expect(MemoryLayout<JSONNode>.stride == 20)
        #expect(MemoryLayout<JSONNode>.alignment == 4)
    }

    @Test("every field lies where the C interface has it")
    func offsets() {
        #expect(MemoryLayout<JSONNode>.offset(of: \.offset) == 0)
        #expect(MemoryLayout<JSONNode>.offset(of: \.length) == 4)
        #expect(MemoryLayout<JSONNode>.offset(of: \.next) == 8)
        #expect(MemoryLayout<JSONNode>.offset(of: \.count) == 12)
        #expect(MemoryLayout<JSONNode>.offset(of: \.kind) == 16)
        #expect(MemoryLayout<JSONNode>.offset(of: \.flags) == 17)
        #expect(MemoryLayout<JSONNode>.offset(of: \.reserved) == 18)
    }

    @Test("kinds have the numbers of the C interface")
    func kinds() {
        let kinds: [JSONKind] = [.null, .false, .true, .number, .string, .array, .object]
        #expect(kinds.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    }
}
