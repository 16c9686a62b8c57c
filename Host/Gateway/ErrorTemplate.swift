import GantryCore
import GantryJSON

/// An error shape, taken apart once.
struct ErrorTemplate: Sendable {
    private enum Piece: Sendable {
        case literal([UInt8])
        case code
        case message
        case details
        case reason
        case status
        case requestID
    }

    private static let placeholders: [(name: String, piece: Piece)] = [
        ("$request_id", .requestID), ("$code", .code), ("$message", .message), ("$details", .details),
        ("$reason", .reason), ("$status", .status),
    ]

    private let pieces: [Piece]
    private let codes: [Int: String]
    private let roleNames: [String: String]
    /// Whether the answer is an object to which further members can be added.
    private let isObject: Bool
    /// Whether failures in the platform's second version have a member `meta`.
    let tellsMeta: Bool

    /// The platform contract's shape.
    static let platform: ErrorTemplate = {
        // The constant of the core is tested to be a good template.
        guard let template = try? ErrorTemplate(.platform, module: "platform", tellsMeta: true) else {
            preconditionFailure("The platform's own error shape must be usable.")
        }
        return template
    }()

    /// Takes the shape apart; fails when it would not give JSON.
    init(_ shape: ErrorShape, module: String, tellsMeta: Bool = false) throws(GatewayError) {
        self.tellsMeta = tellsMeta
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = Substring(shape.body)
        while let first = rest.first {
            if let found = Self.placeholders.first(where: { rest.hasPrefix($0.name) }) {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(found.piece)
                rest = rest.dropFirst(found.name.count)
            } else {
                literal += Array(String(first).utf8)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
        codes = shape.codes
        roleNames = shape.roleNames
        isObject = shape.body.first == "{" && shape.body.last == "}"
        let sample = render(Failure(500, "sample", "sample"), requestID: Array("sample".utf8), meta: nil)
        do { _ = try JSONDocument(sample) } catch {
            throw GatewayError(.errorShape, "The error shape of `\(module)` does not give JSON: \(error.message)")
        }
    }

    /// What the module's contract calls a role.
    func name(of role: Role) -> String { roleNames[role.rawValue] ?? role.rawValue }

    /// The answer's body.
    /// - Parameter meta: Written as the member `meta` at the end, as the second version of the platform asks.
    func render(_ failure: Failure, requestID: [UInt8], meta: [UInt8]?) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256 + failure.details.count)
        for piece in pieces {
            switch piece {
            case .literal(let bytes): text += bytes
            case .code: text += Self.quoted(code(failure.status))
            case .message: text += Self.quoted(failure.message)
            case .details: text += Self.details(failure)
            case .reason: text += Self.quoted(failure.reason)
            case .status: text += Array("\(failure.status)".utf8)
            case .requestID: text += Self.quoted(String(decoding: requestID, as: UTF8.self))
            }
        }
        if !failure.detail.isEmpty, isObject {
            text.removeLast()
            text += Array(#","detail":"#.utf8) + failure.detail + [UInt8(ascii: "}")]
        }
        if let meta, isObject {
            text.removeLast()
            text += Array(#","meta":"#.utf8) + meta + [UInt8(ascii: "}")]
        }
        return text
    }

    private func code(_ status: Int) -> String {
        if let code = codes[status] ?? ErrorShape.platform.codes[status] { return code }
        return status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR"
    }

    private static func details(_ failure: Failure) -> [UInt8] {
        var text = Array(#"{"reason":"#.utf8) + quoted(failure.reason)
        // Further facts are a JSON object of their own; its members go on where `reason` ends.
        if failure.details.count > 2 {
            text.append(UInt8(ascii: ","))
            text += failure.details.dropFirst()
        } else {
            text.append(UInt8(ascii: "}"))
        }
        return text
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }
}
