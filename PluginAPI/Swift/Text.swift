public import CGantry

extension gantry_str_v1 {
    /// Text or bytes that stay valid as long as `buffer` does.
    init(borrowing buffer: UnsafeBufferPointer<UInt8>) {
        self.init(data: buffer.baseAddress, size: UInt64(buffer.count))
    }

    /// Bytes that stay valid as long as `buffer` does.
    init(borrowing buffer: UnsafeRawBufferPointer) {
        self.init(data: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), size: UInt64(buffer.count))
    }

    /// The borrowed bytes; none where there are more than any memory has.
    @inlinable
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(lent: data, size) }

    /// A copy of the text.
    var string: String { String(decoding: buffer, as: UTF8.self) }

    /// Whether the text is `other`, byte by byte and without making a string of it.
    func equals(_ other: String) -> Bool {
        let own = buffer
        let view = other.utf8
        return own.count == view.count && own.elementsEqual(view)
    }
}

extension UnsafeBufferPointer {
    /// A list of the host's: empty where there is none, or where its number is more than any memory has.
    @inlinable
    init(lent start: UnsafePointer<Element>?, _ count: UInt64) {
        self.init(start: start, count: start == nil || count > 1 << 40 ? 0 : Int(truncatingIfNeeded: count))
    }
}

extension String {
    /// Hands the string's bytes to `body` as the interface takes text; borrowed until `body` returns.
    func withText<Result>(_ body: (gantry_str_v1) throws -> Result) rethrows -> Result {
        var copy = self
        return try copy.withUTF8 { try body(gantry_str_v1(borrowing: $0)) }
    }

    /// A copy of the string that lives as long as the process: what a description is made of.
    func immortalText() -> gantry_str_v1 {
        withText { text in
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Int(text.size))
            _ = copy.initialize(from: text.buffer)
            return gantry_str_v1(borrowing: UnsafeBufferPointer(copy))
        }
    }
}

/// Collects several texts in one buffer, so that a call of the interface can borrow all of them at once.
struct TextArena {
    /// Where one text lies in the arena.
    struct Slice {
        let offset: Int
        let count: Int

        /// The text, given the arena's first byte.
        func text(in base: UnsafeBufferPointer<UInt8>) -> gantry_str_v1 {
            gantry_str_v1(borrowing: UnsafeBufferPointer(rebasing: base[offset..<offset + count]))
        }
    }

    private var bytes: [UInt8] = []

    mutating func append(_ string: String) -> Slice {
        let offset = bytes.count
        bytes.append(contentsOf: string.utf8)
        return Slice(offset: offset, count: bytes.count - offset)
    }

    mutating func append(_ buffer: UnsafeRawBufferPointer) -> Slice {
        let offset = bytes.count
        bytes.append(contentsOf: buffer)
        return Slice(offset: offset, count: buffer.count)
    }

    /// Lends the arena's bytes; slices become texts through it.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBufferPointer(body)
    }
}

/// Names with values on their way through the interface.
enum FieldList {
    /// Lends `fields` as the interface takes them.
    static func withRaw<Result>(
        _ fields: some Collection<(String, String)>, _ body: (UnsafeBufferPointer<gantry_field_v1>) throws -> Result
    ) rethrows -> Result {
        guard !fields.isEmpty else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        var arena = TextArena()
        let slices = fields.map { (name: arena.append($0.0), value: arena.append($0.1)) }
        return try arena.withBytes { base in
            let raw = slices.map { gantry_field_v1(name: $0.name.text(in: base), value: $0.value.text(in: base)) }
            return try raw.withUnsafeBufferPointer(body)
        }
    }
}
