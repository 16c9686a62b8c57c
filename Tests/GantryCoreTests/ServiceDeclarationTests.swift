import GantryCore
import Testing

@Suite("Declarations of services")
struct ServiceDeclarationTests {
    @Test(
        "the one spelling is read",
        arguments: [
            "flags.is_enabled(string, string) -> bool", "a-b.c()", "a.b(bytes, bool, i64, f64) -> bytes",
            "a.b2_c(i64, i64, i64, i64, i64, i64, i64, i64) -> f64",
        ])
    func read(text: String) throws {
        let declaration = try #require(ServiceDeclaration(text))
        #expect(declaration.description == text)
    }

    @Test("parts are told apart")
    func parts() throws {
        let declaration = try #require(ServiceDeclaration("flags.is_enabled(string, i64) -> bool"))
        #expect(declaration.provider == "flags" && declaration.name == "is_enabled")
        #expect(declaration.parameters == [.string, .i64] && declaration.result == .bool)
        #expect(declaration.qualifiedName == "flags.is_enabled")
        #expect(ServiceDeclaration("flags.reset()")?.result == nil)
    }

    @Test(
        "every other text is refused",
        arguments: [
            "", "f", "a.b", "a.b(", "a.b)", "a.b() ", " a.b()", "a.b(string,string)", "a.b( string)", "a.b(string )",
            "a.b(string)->bool", "a.b(string) ->  bool", "a.b(string) -> ", "a.b(int) -> bool", "a.b(string, ) -> bool",
            "a.b(, string)", "A.b()", "a.B()", "a.2b()", "a._b()", ".b()", "a.()", "a.b.c()", "a.b()()",
            "a.b() -> void", "a.b(string) -> bool, bool", "a.b(i64, i64, i64, i64, i64, i64, i64, i64, i64)",
            "a--b.c()", "a.b(String)",
            "a.b(string) -> bool\n", "a.b\u{0}()",
        ])
    func refused(text: String) { #expect(ServiceDeclaration(text) == nil) }

    @Test("a manifest says what it exports and imports")
    func manifest() throws {
        let manifest = try Manifest(
            yaml: minimal([
                "capabilities: [services]",
                "services: {exports: [small.one(i64) -> i64, {service: small.two(), execution: blocking, "
                    + "timeout: 250ms}], imports: [other.thing() -> f64, {service: other.more(), optional: true}]}",
            ]), file: "m")
        #expect(manifest.exports.map(\.declaration.name) == ["one", "two"])
        #expect(manifest.exports.map(\.execution) == [.blocking, .blocking])
        #expect(manifest.exports.map(\.timeoutMilliseconds) == [10_000, 250])
        #expect(manifest.imports.map(\.isOptional) == [false, true])
    }

    @Test(
        "what contradicts itself is refused",
        arguments: [
            (["services: {exports: [other.a()]}"], "must begin with"),
            (["services: {exports: [small.a(), small.a() -> i64]}"], "stands twice"),
            (["services: {exports: [{service: small.a(), execution: inline}]}"], "entry: concurrent"),
            (["services: {exports: [{service: small.a(), execution: async}]}"], "inline"),
            (["services: {exports: [{service: small.a(), timeout: 11m}]}"], "A timeout is written"),
            (["services: {exports: [small.a]}"], "A service is written"),
            (["services: {imports: [o.a()]}"], "needs the capability"),
            (["capabilities: [services]"], "services.imports"),
            (["capabilities: [services]", "services: {imports: [small.a()]}"], "own"),
            (["capabilities: [services]", "services: {imports: [o.a(), o.a() -> i64]}"], "stands twice"),
            (["services: {provides: []}"], "provides"),
        ])
    func contradictions(lines: [String], words: String) throws {
        do {
            _ = try Manifest(yaml: minimal(lines), file: "m")
            Issue.record("It was taken.")
        } catch let error as ConfigurationError { #expect(error.description.contains(words), "\(error)") }
    }
}
