import GantryLoader
import GantryServer

/// The conditions of a request (RFC 9110, 13).
struct RequestConditions {
    /// What a condition makes of an answer.
    enum Verdict {
        case send
        /// 304: the client has it.
        case notModified
        /// 412: what is there is not what the client means.
        case failed
    }

    private var match: String?
    private var noneMatch: String?
    private var modifiedSince: String?
    private var unmodifiedSince: String?

    /// Takes a header; false when it is none of these.
    mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        switch name.count {
        case 8 where HeaderName.matches(name, "if-match"):
            match = RequestHeaders.joined(match, RequestHeaders.text(value))
        case 13 where HeaderName.matches(name, "if-none-match"):
            noneMatch = RequestHeaders.joined(noneMatch, RequestHeaders.text(value))
        case 17 where HeaderName.matches(name, "if-modified-since"): modifiedSince = RequestHeaders.text(value)
        case 19 where HeaderName.matches(name, "if-unmodified-since"): unmodifiedSince = RequestHeaders.text(value)
        default: return false
        }
        return true
    }

    /// Looks at what the answer to a GET says of itself. A condition on what it does not say is left to the module.
    func verdict(tag: String?, lastModified: String?, now: Int) -> Verdict {
        if let match {
            if let tag, !Self.matches(match, tag, isStrong: true) { return .failed }
        } else if let limit = Self.seconds(unmodifiedSince, now), let last = Self.seconds(lastModified, now),
            last > limit
        {
            return .failed
        }
        if let noneMatch {
            if let tag { return Self.matches(noneMatch, tag, isStrong: false) ? .notModified : .send }
            return noneMatch.utf8.elementsEqual("*".utf8) ? .notModified : .send
        }
        if let limit = Self.seconds(modifiedSince, now), let last = Self.seconds(lastModified, now), last <= limit {
            return .notModified
        }
        return .send
    }

    private static func seconds(_ text: String?, _ now: Int) -> Int? {
        text.flatMap { HTTPTime.seconds($0, now: now) }
    }

    /// Whether a list of entity tags has this one. Weak tags match none where the comparison is strong.
    static func matches(_ list: String, _ tag: String, isStrong: Bool) -> Bool {
        let list = Array(list.utf8)
        if list == [UInt8(ascii: "*")] { return true }
        let wanted = Array(tag.utf8)
        let isWeak = wanted.starts(with: "W/".utf8)
        if isStrong && isWeak { return false }
        let opaque = isWeak ? wanted[2...] : wanted[...]
        var index = 0
        while index < list.count {
            // `[W/]"…"`, between commas; inside the quotes a comma is a character like others.
            var start = index
            let isWeakElement = list[index...].starts(with: "W/".utf8)
            if isWeakElement { start += 2 }
            guard start < list.count else { return false }
            if list[start] == UInt8(ascii: "\"") {
                guard let end = list[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")) else { return false }
                if list[start...end] == opaque && !(isStrong && isWeakElement) { return true }
                index = end + 1
            } else {
                index += 1
            }
        }
        return false
    }
}
