import CGantry
import CGantryServices
import GantryCore
import Testing

@Suite("Functions of types known late")
struct ServiceFunctionTests {
    private static let good = [
        "flags.is_enabled(string, string) -> bool", "a-b.c()", "a.b(bytes, bool, i64, f64) -> bytes",
        "a1.b2_c() -> f64",
        "a.b(i64, i64, i64, i64, i64, i64, i64, i64)",
    ]
    private static let bad = [
        "", "f", "a.b", "a.b(", "a.b() ", " a.b()", "a.b(string,string)", "a.b( string)", "a.b(string)->bool",
        "a.b(string) -> ", "a.b(int)", "a.b(string, )", "A.b()", "a.2b()", "a._b()", ".b()", "a.()", "a.b.c()",
        "a.b()()", "a.b() -> void", "a.b() -> bool, bool", "a.b(strings)",
        "a.b(i64, i64, i64, i64, i64, i64, i64, i64, i64)",
    ]

    private static func find(_ text: String) -> UnsafePointer<gantry_service>? {
        var text = text
        var service: UnsafePointer<gantry_service>?
        _ = text.withUTF8 { gantry_service_find(gantry_str_v1(data: $0.baseAddress, size: UInt64($0.count)), &service) }
        return service
    }

    @Test("declarations are read as manifests are", arguments: good + bad)
    func reading(text: String) {
        #expect((Self.find(text) != nil) == (ServiceDeclaration(text) != nil))
        #expect((Self.find(text) != nil) == Self.good.contains(text))
    }

    private static let handler: gantry_service_handler = { service, call, arguments, onResult, context in
        guard let arguments, call == nil else { return GANTRY_E_INVALID.rawValue }
        var result = gantry_value_v1()
        result.type = Int32(bitPattern: GANTRY_VALUE_REAL.rawValue)
        result.real = Double(arguments[0].integer) + arguments[1].real + Double(arguments[2].bytes.size)
        return onResult?(context, &result) ?? 0
    }

    @Test("a function takes its arguments apart, and one declaration has one function")
    func importing() throws {
        typealias Function =
            @convention(c) (
                UnsafePointer<gantry_call_v1>?, Int64, Double, gantry_str_v1, UnsafeMutablePointer<Double>?
            ) -> Int32
        let service = try #require(Self.find("tests.sum(i64, f64, string) -> f64"))
        var (first, second): (gantry_service_fn_v1?, gantry_service_fn_v1?)
        #expect(gantry_service_import(service, Self.handler, &first) == 0)
        #expect(gantry_service_import(Self.find("tests.sum(i64, f64, string) -> f64"), Self.handler, &second) == 0)
        #expect(unsafeBitCast(first, to: UInt.self) == unsafeBitCast(second, to: UInt.self))
        let sum = unsafeBitCast(first, to: Function.self)
        var out = 0.0
        #expect(sum(nil, 40, 1.5, gantry_str_v1(data: nil, size: 0), &out) == 0)
        #expect(out == 41.5)
        #expect(sum(nil, 1, 1, gantry_str_v1(data: nil, size: 0), nil) == 0)
    }

    @Test("values become a call")
    func invoking() throws {
        typealias Function =
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<gantry_call_v1>?, UInt8, Int64, UnsafeMutablePointer<Int64>?
            ) -> Int32
        let function: Function = { instance, _, flag, number, out in
            guard instance == nil else { return GANTRY_E_INVALID.rawValue }
            out?.pointee = flag == 1 ? number : -number
            return 0
        }
        let service = try #require(Self.find("tests.sign(bool, i64) -> i64"))
        var arguments = [gantry_value_v1(), gantry_value_v1()]
        arguments[0].integer = 1
        arguments[1].integer = 7
        var result: Int64 = 0
        let status = gantry_service_invoke(
            service, unsafeBitCast(function, to: gantry_service_fn_v1.self), nil, nil, arguments,
            { context, value in
                context?.assumingMemoryBound(to: Int64.self).pointee = value?.pointee.integer ?? 0
                return 0
            }, &result)
        #expect(status == 0 && result == 7)
        #expect(gantry_service_prepare() == 0)
    }
}
