import NIOHTTP1

/// What a request's head says about its body and its connection. The decoder has already refused contradictory lengths.
struct BodyFraming {
    /// Announced length; 0 when none is announced.
    private(set) var length = 0
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private(set) var asksForUpgrade = false
    private(set) var hostCount = 0
    /// A transfer coding other than `chunked` alone, which is the only one that is undone here.
    private(set) var isUnreadable = false

    var hasBody: Bool { isChunked || length > 0 }

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where name.utf8.elementsEqualIgnoringCase("host"):
                hostCount += 1
            case 6 where name.utf8.elementsEqualIgnoringCase("expect"):
                expectsContinue = value.utf8.elementsEqualIgnoringCase("100-continue")
            case 7 where name.utf8.elementsEqualIgnoringCase("upgrade"):
                asksForUpgrade = true
            case 14 where name.utf8.elementsEqualIgnoringCase("content-length"):
                length = Int(value) ?? .max
            case 17 where name.utf8.elementsEqualIgnoringCase("transfer-encoding"):
                isUnreadable = isUnreadable || isChunked || !value.utf8.elementsEqualIgnoringCase("chunked")
                isChunked = true
            default:
                break
            }
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

extension String.UTF8View {
    /// Compares with a text in lower case, taking ASCII letters as equal whatever their case.
    func elementsEqualIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        var expected = lowercase.utf8Start
        for byte in self {
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isUpper ? byte | 0x20 : byte) == expected.pointee else { return false }
            expected += 1
        }
        return true
    }
}
