import Glibc

/// What a request's head says about its body and its connection.
struct BodyFraming: Sendable {
    /// Announced length; 0 when none is announced.
    private(set) var length = 0
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private(set) var asksForUpgrade = false
    private(set) var asksToClose = false
    private(set) var asksToKeep = false
    private(set) var hostCount = 0
    /// A transfer coding other than `chunked` alone, which is the only one that is undone here.
    private(set) var isUnreadable = false
    /// Two lengths, or one that is no number: nobody can tell where the body ends.
    private(set) var isContradictory = false
    private var hasLength = false

    var hasBody: Bool { isChunked || length > 0 }

    /// Looks at a header; its name is in lower case.
    mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        switch name.count {
        case 4 where name.isEqual("host"):
            hostCount += 1
        case 6 where name.isEqual("expect"):
            expectsContinue = value.isEqualIgnoringCase("100-continue")
        case 7 where name.isEqual("upgrade"):
            asksForUpgrade = true
        case 10 where name.isEqual("connection"):
            takeConnection(value)
        case 14 where name.isEqual("content-length"):
            takeLength(value)
        case 17 where name.isEqual("transfer-encoding"):
            isUnreadable = isUnreadable || isChunked || !value.isEqualIgnoringCase("chunked")
            isContradictory = isContradictory || hasLength
            isChunked = true
        default:
            break
        }
    }

    private mutating func takeLength(_ value: UnsafeBufferPointer<UInt8>) {
        var length = 0
        // 18 digits are less than 2^63; leading zeros beyond them are nobody's.
        isContradictory = isContradictory || hasLength || isChunked || value.isEmpty || value.count > 18
        for byte in value.prefix(18) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
                isContradictory = true
                break
            }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
        }
        self.length = length
        hasLength = true
    }

    private mutating func takeConnection(_ value: UnsafeBufferPointer<UInt8>) {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let blank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
            var part = part.drop(while: blank)
            while let last = part.last, blank(last) { part.removeLast() }
            let option = UnsafeBufferPointer(rebasing: part)
            if option.isEqualIgnoringCase("close") { asksToClose = true }
            if option.isEqualIgnoringCase("keep-alive") { asksToKeep = true }
        }
    }

    /// How much of the body may be thrown away to keep the connection; negative when it is not worth it.
    func discardableBytes(_ configuration: ServerConfiguration) -> Int {
        if !hasBody { return 0 }
        // Whoever asked for a 100 and got an answer instead may or may not send the body: nobody can tell.
        if expectsContinue || length > configuration.maximumDiscardedBytes { return -1 }
        return configuration.maximumDiscardedBytes
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Compares with a text.
    func isEqual(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let baseAddress else { return isEmpty && text.utf8CodeUnitCount == 0 }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }

    /// Compares with a text in lower case, taking ASCII letters as equal whatever their case.
    func isEqualIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        for index in indices {
            let byte = self[index]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isUpper ? byte | 0x20 : byte) == lowercase.utf8Start[index] else { return false }
        }
        return true
    }
}
