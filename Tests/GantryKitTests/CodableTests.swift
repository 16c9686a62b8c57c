import GantryKit
import GantryKitTesting
import Testing

/// Decodes a body and answers with its JSON, so that both directions go through the interface.
struct EchoModule<Value: Codable & Sendable>: Module {
    static var manifest: Identity { Identity("echo", version: "1.0.0") }
    static var handlers: [Handler<Self>] {
        [.operation("echo") { _, request in .json(try request.decode(Value.self)) }]
    }
    init(_ context: ModuleContext) throws {}
}

@Suite("Codable")
struct CodableTests {
    private func echo<Value: Codable & Sendable>(_ type: Value.Type, _ json: String) throws -> TestResponse {
        try TestHost(EchoModule<Value>.self).call("echo", json: json)
    }

    struct Scalars: Codable {
        var bool: Bool
        var string: String
        var double: Double
        var float: Float
        var int: Int
        var int8: Int8
        var int16: Int16
        var int32: Int32
        var int64: Int64
        var uint: UInt
        var uint8: UInt8
        var uint16: UInt16
        var uint32: UInt32
        var uint64: UInt64
        var absent: Int?
    }

    @Test("Every scalar at the end of its range survives")
    func scalars() throws {
        let json =
            #"{"bool":true,"string":"a\"\\\n😀","double":-0.1,"float":0.1,"int":-9223372036854775808,"int8":-128,"#
            + #""int16":-32768,"int32":-2147483648,"int64":9223372036854775807,"uint":18446744073709551615,"#
            + #""uint8":255,"uint16":65535,"uint32":4294967295,"uint64":18446744073709551615}"#
        #expect(try echo(Scalars.self, json).text == json)
        #expect(try echo([Scalars].self, "[\(json),\(json)]").text == "[\(json),\(json)]")
    }

    @Test(
        "Arrays of every scalar survive",
        arguments: ["[]", "[1]", "[0,-1,9007199254740993]"])
    func arrays(json: String) throws {
        #expect(try echo([Int].self, json).text == json)
        #expect(try echo([[Int]].self, "[\(json),\(json)]").text == "[\(json),\(json)]")
    }

    @Test("Optionals in arrays, dictionaries, sets of strings and nested types survive")
    func nesting() throws {
        #expect(try echo([Int?].self, "[1,null,2]").text == "[1,null,2]")
        #expect(try echo([String: [String: Bool]].self, #"{"a":{"b":true}}"#).text == #"{"a":{"b":true}}"#)
        #expect(try echo([Double].self, "[1.0,1e2,0.5]").text == "[1,100,0.5]")
        #expect(try echo(String.self, #""top""#).text == #""top""#)
        #expect(try echo(Int?.self, "null").text == "null")
    }

    enum Shape: Codable {
        case circle(radius: Double)
        case point
    }

    @Test("Enumerations with values, which use nested containers, survive")
    func enumerations() throws {
        let json = #"[{"circle":{"radius":1.5}},{"point":{}}]"#
        #expect(try echo([Shape].self, json).text == json)
    }

    class Base: Codable, @unchecked Sendable {
        // Sendable without a lock: written by the decoder only.
        var id = 0
    }

    // Unchecked only since its base is a class; nothing of it ever changes.
    final class Derived: Base, @unchecked Sendable {
        private enum CodingKeys: String, CodingKey { case name }
        let name: String

        required init(from decoder: any Decoder) throws {
            name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try super.encode(to: container.superEncoder())
        }
    }

    @Test("Classes with a super container survive")
    func inheritance() throws {
        #expect(try echo(Derived.self, #"{"name":"n","super":{"id":3}}"#).text == #"{"name":"n","super":{"id":3}}"#)
    }

    struct Manual: Codable {
        private enum CodingKeys: String, CodingKey { case list, object, after }
        var numbers: [Int]
        var name: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            numbers = []
            while !list.isAtEnd {
                // The first attempt fails and must not consume the element.
                if (try? list.decode(String.self)) == nil { numbers.append(try list.decode(Int.self)) }
            }
            let object = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .object)
            name = try object.decode(String.self, forKey: .after)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            var list = container.nestedUnkeyedContainer(forKey: .list)
            for number in numbers { try list.encode(number) }
            var object = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .object)
            try object.encode(name, forKey: .after)
            try container.encode(true, forKey: .after)
        }
    }

    @Test("Nested containers are closed when the outer one goes on")
    func nestedContainers() throws {
        let json = #"{"list":[1,2],"object":{"after":"x"},"after":true}"#
        #expect(try echo(Manual.self, json).text == json)
    }

    struct Interleaved: Codable, Sendable {
        init(from decoder: any Decoder) throws {}

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.unkeyedContainer()
            var inner = outer.nestedUnkeyedContainer()
            try outer.encode(1)
            try inner.encode(2)
        }
    }

    struct Siblings: Codable, Sendable {
        init(from decoder: any Decoder) throws {}

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.unkeyedContainer()
            var first = outer.nestedUnkeyedContainer()
            var second = outer.nestedUnkeyedContainer()
            try second.encode(1)
            try first.encode(2)
        }
    }

    @Test("Going back to a container that its parent has closed is an error, not wrong JSON")
    func interleaved() throws {
        try expectRefused(Interleaved.self)
        try expectRefused(Siblings.self)
    }

    private func expectRefused<Value: Codable & Sendable>(_ type: Value.Type) throws {
        let host = try TestHost(EchoModule<Value>.self)
        #expect(try host.call("echo", json: "{}").failure == .failed)
        #expect(host.logs.last?.fields["error"]?.contains("A container is written to after") == true)
    }

    struct Repeated: Codable { var a: Int }

    @Test("Of a name that occurs twice the last member counts, unknown members are passed over")
    func repeated() throws {
        #expect(try echo(Repeated.self, #"{"a":1,"b":[{}],"a":2}"#).text == #"{"a":2}"#)
    }
}
