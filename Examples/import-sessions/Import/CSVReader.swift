/// Reads the records of a CSV text as RFC 4180 describes it; line ends may be LF or CRLF, a byte order mark is skipped.
public struct CSVReader: Sequence, IteratorProtocol {
    /// One record and where it begins.
    public struct Record: Equatable, Sendable {
        /// Line of its first byte, counted from 1.
        public let line: Int
        /// Its fields without quotes; nil when quotes do not pair up.
        public let fields: [String]?
    }

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    /// Reads `bytes`, which must be UTF-8.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next record; empty lines are skipped.
    public mutating func next() -> Record? {
        while position < bytes.count, bytes[position] == Self.lineFeed || bytes[position] == Self.carriageReturn {
            if bytes[position] == Self.lineFeed { line += 1 }
            position += 1
        }
        guard position < bytes.count else { return nil }
        let start = line
        var fields: [String] = []
        var isWellFormed = true
        while true {
            guard let field = bytes[safely: position] == Self.quote ? quotedField() : plainField() else {
                isWellFormed = false
                skipLine()
                break
            }
            fields.append(field)
            guard bytes[safely: position] == UInt8(ascii: ",") else { break }
            position += 1
        }
        if isWellFormed, !endLine() {
            isWellFormed = false
            skipLine()
        }
        return Record(line: start, fields: isWellFormed ? fields : nil)
    }

    /// A field up to the next comma or line end; nil when it holds a quote.
    private mutating func plainField() -> String? {
        let start = position
        while let byte = bytes[safely: position], byte != UInt8(ascii: ","), byte != Self.lineFeed,
            byte != Self.carriageReturn
        {
            guard byte != Self.quote else { return nil }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A field in quotes, in which two quotes stand for one; nil when the closing one is missing.
    private mutating func quotedField() -> String? {
        var text: [UInt8] = []
        position += 1
        while let byte = bytes[safely: position] {
            position += 1
            if byte == Self.lineFeed { line += 1 }
            if byte != Self.quote {
                text.append(byte)
            } else if bytes[safely: position] == Self.quote {
                text.append(byte)
                position += 1
            } else {
                return String(decoding: text, as: UTF8.self)
            }
        }
        return nil
    }

    /// Steps over the line end; false when something else stands here.
    private mutating func endLine() -> Bool {
        if bytes[safely: position] == Self.carriageReturn { position += 1 }
        guard position < bytes.count else { return true }
        guard bytes[position] == Self.lineFeed else { return false }
        position += 1
        line += 1
        return true
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != Self.lineFeed { position += 1 }
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? {
        index < count ? self[index] : nil
    }
}
