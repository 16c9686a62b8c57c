import CGantry

/// The query or the headers of a request: names with values, in the order of the request, read in place.
public struct Fields: Sequence {
    let raw: UnsafePointer<gantry_field_v1>?
    /// The number of values.
    public let count: Int
    let location: Finding.Location

    init(_ list: UnsafePointer<gantry_field_v1>?, _ count: some UnsignedInteger, location: Finding.Location) {
        let list = UnsafeBufferPointer(lent: list, UInt64(count))
        raw = list.baseAddress
        self.count = list.count
        self.location = location
    }

    /// The first value of `name`.
    public subscript(name: String) -> String? { first(name)?.string }

    /// Every value of `name`, in the order of the request.
    public func all(_ name: String) -> [String] {
        (0..<count).compactMap { index in
            guard let field = raw?[index], field.name.equals(name) else { return nil }
            return field.value.string
        }
    }

    /// The first value of `name` as UTF-8; borrowed from the request.
    public func utf8(_ name: String) -> UnsafeBufferPointer<UInt8>? { first(name)?.buffer }

    /// The first value of `name` as an integer, nil when it is absent; a value that is none throws a `Refusal`.
    public func int(_ name: String) throws -> Int? { try parse(name, "an integer") { Int($0) } }

    /// The first value of `name` as a finite number, nil when it is absent; a value that is none throws a `Refusal`.
    public func double(_ name: String) throws -> Double? {
        try parse(name, "a number") { text in
            Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
    }

    /// The first value of `name` as `true` or `false`, nil when it is absent; a value that is neither throws a
    /// `Refusal`.
    public func bool(_ name: String) throws -> Bool? { try parse(name, "true or false") { Bool($0) } }

    /// The first value of `name` as milliseconds since 1970, from RFC 3339 text; nil when it is absent, a `Refusal`
    /// when it is no timestamp.
    public func timestampMilliseconds(_ name: String) throws -> Int64? {
        try parse(name, "a timestamp with offset") { RFC3339.milliseconds($0) }
    }

    /// Names and values in the order of the request.
    public func makeIterator() -> Iterator { Iterator(raw: raw, count: count) }

    /// Copies one name and value after the other.
    public struct Iterator: IteratorProtocol {
        let raw: UnsafePointer<gantry_field_v1>?
        let count: Int
        private var index = 0

        init(raw: UnsafePointer<gantry_field_v1>?, count: Int) {
            self.raw = raw
            self.count = count
        }

        /// The next name and value.
        public mutating func next() -> (name: String, value: String)? {
            guard index < count, let field = raw?[index] else { return nil }
            index += 1
            return (field.name.string, field.value.string)
        }
    }

    private func first(_ name: String) -> gantry_str_v1? {
        guard let raw else { return nil }
        for index in 0..<count where raw[index].name.equals(name) {
            return raw[index].value
        }
        return nil
    }

    private func parse<Value>(_ name: String, _ expected: String, _ convert: (String) -> Value?) throws -> Value? {
        guard let text = self[name] else { return nil }
        guard let value = convert(text) else {
            throw Refusal([Finding(name, code: "invalid_type", "Must be \(expected).", in: location)])
        }
        return value
    }
}
