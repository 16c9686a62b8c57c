// The README's ten lines, word for word; documentation comments would make them twenty.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import GantryKit

public struct Greeter: Module {
    public static let manifest = Identity("greeter", version: "1.0.0")
    public static let handlers: [Handler<Self>] = [
        .operation("greet") { _, request in .json(["message": "Hello, \(request.parameters[0])!"]) }
    ]
    public init(_ context: ModuleContext) throws {}
}
