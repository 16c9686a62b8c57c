import GantryCore

/// What the platform's second version lays around a body: its beginning and its end, as they go out with the bytes
/// between them.
struct Envelope {
    let before: [UInt8]
    let body: UnsafeRawBufferPointer
    let after: [UInt8]

    private static let beginning = Array(#"{"data":"#.utf8)

    /// The envelope of a module's answer; nil where it is sent as it is. `body` is borrowed.
    init?(
        _ context: RequestContext, status: Int, contentType: UnsafeRawBufferPointer,
        body: UnsafeRawBufferPointer
    ) {
        guard let route = context.route, route.version == 2, !body.isEmpty, Self.isJSON(contentType)
        else { return nil }
        if status < 300 {
            guard route.wrapsAnswers, status != 204 else { return nil }
            before = Self.beginning
            self.body = body
            after = Array(#","meta":"#.utf8) + context.meta() + [UInt8(ascii: "}")]
        } else {
            // A failure that the module has written out itself.
            guard status >= 400, let end = Self.end(body) else { return nil }
            before = []
            self.body = UnsafeRawBufferPointer(rebasing: body[..<end])
            let isEmpty = body[..<end].allSatisfy { $0 == UInt8(ascii: "{") || Self.isSpace($0) }
            after =
                Array((isEmpty ? #""meta":"# : #","meta":"#).utf8) + context.meta() + [UInt8(ascii: "}")]
        }
    }

    /// All of it as one.
    var bytes: [UInt8] { before + Array(body) + after }

    var count: Int { before.count + body.count + after.count }

    private static func isJSON(_ contentType: UnsafeRawBufferPointer) -> Bool {
        contentType.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            .elementsEqual("application/json".utf8)
    }

    /// Where the last brace of an object lies; nil for what is none.
    private static func end(_ body: UnsafeRawBufferPointer) -> Int? {
        guard let first = body.first(where: { !isSpace($0) }), first == UInt8(ascii: "{"),
            let last = body.lastIndex(where: { !isSpace($0) }), body[last] == UInt8(ascii: "}")
        else { return nil }
        return last
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }
}
