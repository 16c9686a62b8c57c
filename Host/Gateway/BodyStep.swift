import GantryContract
import GantryCore
import GantryJSON

/// Makes sure that the body can be read: its media type, and the syntax where it is JSON.
enum BodyStep {
    static func run(_ context: RequestContext, _ route: ModuleRoute, _ body: UnsafeRawBufferPointer) -> Failure? {
        guard let rule = route.operation.requestBody else { return nil }
        if body.isEmpty {
            return rule.isRequired && rule.isJSON ? .malformedJSON("The body is empty.") : nil
        }
        guard let type = context.headers.contentType, isPlainJSON(type, rule) || rule.accepts(contentType: type) else {
            return .unsupportedMediaType
        }
        guard rule.isJSON else { return nil }
        do {
            try JSONScanner.scan(body, into: &context.nodes, maximumDepth: route.policy.maximumDepth)
            return nil
        } catch {
            context.nodes.removeAll()
            return .malformedJSON(message(error, maximumDepth: route.policy.maximumDepth))
        }
    }

    private static func message(_ error: JSONSyntaxError, maximumDepth: Int) -> String {
        switch error.code {
        case .depth: "The body is nested deeper than \(maximumDepth) levels."
        case .numberRange: "The body holds a number that is out of range."
        case .empty: "The body is empty."
        case .syntax, .encoding, .trailing, .size: "The body is not valid JSON."
        }
    }

    /// The one spelling that nearly every client sends, without taking it apart.
    private static func isPlainJSON(_ type: String, _ rule: RequestBody) -> Bool {
        type == "application/json" && rule.mediaTypes.first == "application/json"
    }
}
