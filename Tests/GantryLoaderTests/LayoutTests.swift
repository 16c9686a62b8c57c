import CGantry
import GantryCore
import GantryJSON
import GantryLoader
import Testing

@Suite("Layouts that host and interface share")
struct LayoutTests {
    @Test("a database value of the host is a gantry_value_v1")
    func valueLayout() {
        #expect(MemoryLayout<PortValue>.size == MemoryLayout<gantry_value_v1>.size)
        #expect(MemoryLayout<PortValue>.stride == MemoryLayout<gantry_value_v1>.stride)
        #expect(MemoryLayout<PortValue>.alignment == MemoryLayout<gantry_value_v1>.alignment)
        #expect(MemoryLayout<PortValue>.offset(of: \.type) == MemoryLayout<gantry_value_v1>.offset(of: \.type))
        #expect(MemoryLayout<PortValue>.offset(of: \.reserved) == MemoryLayout<gantry_value_v1>.offset(of: \.reserved))
        #expect(MemoryLayout<PortValue>.offset(of: \.integer) == MemoryLayout<gantry_value_v1>.offset(of: \.integer))
        #expect(MemoryLayout<PortValue>.offset(of: \.real) == MemoryLayout<gantry_value_v1>.offset(of: \.real))
        #expect(MemoryLayout<PortValue>.offset(of: \.bytes) == MemoryLayout<gantry_value_v1>.offset(of: \.bytes.data))
        #expect(MemoryLayout<PortValue>.offset(of: \.size) == MemoryLayout<gantry_value_v1>.offset(of: \.bytes.size))
    }

    @Test("a node of the host is a gantry_node_v1")
    func nodeLayout() {
        #expect(MemoryLayout<JSONNode>.size == MemoryLayout<gantry_node_v1>.size)
        #expect(MemoryLayout<JSONNode>.stride == MemoryLayout<gantry_node_v1>.stride)
        #expect(MemoryLayout<JSONNode>.alignment == MemoryLayout<gantry_node_v1>.alignment)
        #expect(MemoryLayout<JSONNode>.offset(of: \.offset) == MemoryLayout<gantry_node_v1>.offset(of: \.offset))
        #expect(MemoryLayout<JSONNode>.offset(of: \.length) == MemoryLayout<gantry_node_v1>.offset(of: \.length))
        #expect(MemoryLayout<JSONNode>.offset(of: \.next) == MemoryLayout<gantry_node_v1>.offset(of: \.next))
        #expect(MemoryLayout<JSONNode>.offset(of: \.count) == MemoryLayout<gantry_node_v1>.offset(of: \.count))
        #expect(MemoryLayout<JSONNode>.offset(of: \.kind) == MemoryLayout<gantry_node_v1>.offset(of: \.kind))
        #expect(MemoryLayout<JSONNode>.offset(of: \.flags) == MemoryLayout<gantry_node_v1>.offset(of: \.flags))
        #expect(MemoryLayout<JSONNode>.offset(of: \.reserved) == MemoryLayout<gantry_node_v1>.offset(of: \.reserved))
    }

    @Test("kinds and flags of a node have the interface's numbers")
    func nodeNumbers() {
        let kinds: [(JSONKind, gantry_node_kind_v1)] = [
            (.null, GANTRY_NODE_NULL), (.false, GANTRY_NODE_FALSE), (.true, GANTRY_NODE_TRUE),
            (.number, GANTRY_NODE_NUMBER), (.string, GANTRY_NODE_STRING), (.array, GANTRY_NODE_ARRAY),
            (.object, GANTRY_NODE_OBJECT),
        ]
        #expect(kinds.count == JSONKind.allCases.count)
        for (host, interface) in kinds { #expect(UInt32(host.rawValue) == interface.rawValue) }
        #expect(UInt32(JSONNode.escapedFlag) == GANTRY_NODE_ESCAPED.rawValue)
        #expect(UInt32(JSONNode.integerFlag) == GANTRY_NODE_INTEGER.rawValue)
        #expect(UInt32(JSONNode.nameFlag) == GANTRY_NODE_NAME.rawValue)
    }

    @Test("statuses have the interface's numbers and names")
    func statusNumbers() {
        let statuses: [(ModuleStatus, gantry_status_v1, String)] = [
            (.ok, GANTRY_OK, "GANTRY_OK"), (.pending, GANTRY_PENDING, "GANTRY_PENDING"),
            (.invalid, GANTRY_E_INVALID, "GANTRY_E_INVALID"),
            (.unsupported, GANTRY_E_UNSUPPORTED, "GANTRY_E_UNSUPPORTED"),
            (.denied, GANTRY_E_DENIED, "GANTRY_E_DENIED"), (.stale, GANTRY_E_STALE, "GANTRY_E_STALE"),
            (.already, GANTRY_E_ALREADY, "GANTRY_E_ALREADY"), (.cancelled, GANTRY_E_CANCELLED, "GANTRY_E_CANCELLED"),
            (.conflict, GANTRY_E_CONFLICT, "GANTRY_E_CONFLICT"), (.busy, GANTRY_E_BUSY, "GANTRY_E_BUSY"),
            (.thread, GANTRY_E_THREAD, "GANTRY_E_THREAD"), (.limit, GANTRY_E_LIMIT, "GANTRY_E_LIMIT"),
            (.failed, GANTRY_E_FAILED, "GANTRY_E_FAILED"),
        ]
        for (host, interface, name) in statuses {
            #expect(host.rawValue == interface.rawValue)
            #expect(host.description == name)
        }
        #expect(ModuleStatus(rawValue: 99).description == "status 99")
    }
}
