/// What the head of a request says. All its text lies in one buffer, so that a request costs two allocations however
/// many headers it has. Names of headers are in lower case.
struct RequestHead: Sendable {
    /// Where a header lies in the text.
    struct Field: Sendable {
        var nameStart: Int32
        var nameCount: Int32
        var valueStart: Int32
        var valueCount: Int32
    }

    /// The method as sent, such as `GET`.
    let method: String
    let isHEAD: Bool
    /// Whether this is HTTP/1.0, which knows neither chunks nor kept connections unless it asks.
    let isOld: Bool
    /// What is said about the body and the connection.
    let framing: BodyFraming
    private let text: [UInt8]
    private let targetCount: Int
    private let fields: [Field]

    /// Whether the client would like to send further requests on the connection.
    var isKeepAlive: Bool { isOld ? framing.asksToKeep && !framing.asksToClose : !framing.asksToClose }

    /// Path and query as sent.
    var target: String { withTarget { String(decoding: $0, as: UTF8.self) } }

    /// A head of parts that were read elsewhere. Names may be in any case.
    init(method: String, target: String, isOld: Bool = false, fields list: some Sequence<(String, String)>) {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text.append(contentsOf: target.utf8)
        var fields: [Field] = []
        fields.reserveCapacity(list.underestimatedCount)
        var framing = BodyFraming()
        targetCount = text.count
        for (name, value) in list {
            let start = text.count
            for byte in name.utf8 { text.append(Self.lower(byte)) }
            let valueStart = text.count
            text.append(contentsOf: value.utf8)
            fields.append(
                Field(
                    nameStart: Int32(start), nameCount: Int32(valueStart - start), valueStart: Int32(valueStart),
                    valueCount: Int32(text.count - valueStart)))
            text.withUnsafeBufferPointer { text in
                framing.take(
                    UnsafeBufferPointer(rebasing: text[start..<valueStart]),
                    UnsafeBufferPointer(rebasing: text[valueStart...]))
            }
        }
        self.method = method
        isHEAD = method == "HEAD"
        self.isOld = isOld
        self.framing = framing
        self.text = text
        self.fields = fields
    }

    /// A head as the parser has found it.
    init(
        method: String, isOld: Bool, framing: BodyFraming, text: consuming [UInt8], targetCount: Int,
        fields: consuming [Field]
    ) {
        self.method = method
        isHEAD = method == "HEAD"
        self.isOld = isOld
        self.framing = framing
        self.text = text
        self.targetCount = targetCount
        self.fields = fields
    }

    /// Calls the function with path and query as sent; the pointer is valid until the function returns.
    func withTarget<Result>(_ use: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try text.withUnsafeBufferPointer { try use(UnsafeBufferPointer(rebasing: $0[..<targetCount])) }
    }

    /// Calls the function with each header in their order; the pointers are valid until it returns.
    func forEachField(_ visit: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return }
            for field in fields {
                visit(
                    UnsafeBufferPointer(start: base + Int(field.nameStart), count: Int(field.nameCount)),
                    UnsafeBufferPointer(start: base + Int(field.valueStart), count: Int(field.valueCount)))
            }
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
