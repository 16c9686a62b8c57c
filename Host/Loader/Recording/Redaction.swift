import GantryCryptography

/// Takes secrets out of what is recorded. Each is replaced by other letters of the same number, the same ones wherever
/// it occurs, so that nothing moves and what was equal stays equal.
struct Redaction {
    /// Members of JSON objects whose values are secrets, whatever the case of their letters.
    static let members: Set<String> = [
        "password", "passphrase", "passcode", "secret", "clientsecret", "client_secret", "token", "accesstoken",
        "access_token", "refreshtoken", "refresh_token", "idtoken", "id_token", "apikey", "api_key", "privatekey",
        "private_key", "authorization", "credentials", "pin", "cvc", "cvv", "iban", "cardnumber", "card_number",
    ]
    /// Headers whose values are secrets.
    static let headers: [String] = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-csrf-token",
        "webhook-signature", "x-signature",
    ]
    /// Shorter values are left where nothing but themselves says that they are secret: they would occur by chance.
    private static let shortest = 6

    private let members: Set<String>
    private let key: [UInt8]
    private var values: [[UInt8]] = []

    /// - Parameters:
    ///   - more: Further members, such as names of configured secret fields.
    ///   - key: Random bytes; who does not have them cannot tell what was replaced.
    init(members more: [String], key: [UInt8]) {
        members = Self.members.union(more.map { $0.lowercased() })
        self.key = key
    }

    /// A value that is secret wherever it occurs from now on.
    mutating func add(_ value: ArraySlice<UInt8>) {
        guard value.count >= Self.shortest, !values.contains(where: { $0.elementsEqual(value) }) else { return }
        values.append(Array(value))
    }

    /// Redacts the bytes of a request or an answer.
    mutating func apply(_ bytes: inout [UInt8]) {
        redactMembers(&bytes)
        for header in Self.headers { redactHeader(header, &bytes) }
        redactKeys(&bytes)
        for value in values {
            for start in Self.places(of: value, in: bytes) { replace(&bytes, start..<start + value.count) }
        }
    }

    /// Letters that depend on nothing but the old bytes and the key.
    private func replace(_ bytes: inout [UInt8], _ range: Range<Int>) {
        let digits = bytes[range].allSatisfy { (48...57).contains($0) || $0 == 45 || $0 == 46 }
        var stream = Cryptography.hmacSHA256(Array(bytes[range]), key: key).bytes
        for (count, index) in range.enumerated() {
            if stream.isEmpty { stream = Cryptography.hmacSHA256(Redaction.word(UInt64(count)), key: key).bytes }
            let next = stream.removeLast()
            // A number stays one, and what is not text stays as wide as it is.
            bytes[index] = digits ? (bytes[index] < 48 ? bytes[index] : 49 + next % 9) : 97 + next % 26
        }
    }

    /// `"name" : "value"` and `"name": 12`.
    private mutating func redactMembers(_ bytes: inout [UInt8]) {
        var index = 0
        while let quote = bytes[index...].firstIndex(of: 0x22) {
            guard let end = bytes[(quote + 1)...].prefix(65).firstIndex(of: 0x22) else {
                index = quote + 1
                continue
            }
            index = end
            let name = String(decoding: bytes[quote + 1..<end], as: UTF8.self).lowercased()
            guard members.contains(name) else { continue }
            var next = end + 1
            func skipSpace() { while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 } }
            skipSpace()
            guard next < bytes.count, bytes[next] == 0x3A else { continue }
            next += 1
            skipSpace()
            guard next < bytes.count else { return }
            let value = Self.value(at: next, in: bytes)
            guard !value.isEmpty else { continue }
            add(bytes[value])
            replace(&bytes, value)
            index = value.upperBound
        }
    }

    /// The inside of a string, or a number.
    private static func value(at start: Int, in bytes: [UInt8]) -> Range<Int> {
        guard bytes[start] == 0x22 else {
            return
                start..<(bytes[start...].firstIndex { !(48...57).contains($0) && $0 != 45 && $0 != 46 } ?? bytes.count)
        }
        var end = start + 1
        while end < bytes.count, bytes[end] != 0x22 { end += bytes[end] == 0x5C ? 2 : 1 }
        return start + 1..<min(end, bytes.count)
    }

    /// A field of this name as it crosses: its name's size, 1, the name in whole words, and its value the same way.
    private mutating func redactHeader(_ name: String, _ bytes: inout [UInt8]) {
        let text = Array(name.utf8)
        let padding = [UInt8](repeating: 0, count: -text.count & 7)
        let mark = Self.word(UInt64(text.count)) + Self.word(1) + text + padding
        for place in Self.places(of: mark, in: bytes) {
            let start = place + mark.count
            guard bytes.count - start >= 16 else { continue }
            let size = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[start + $1]) }
            guard size <= UInt64(bytes.count - start - 16) else { continue }
            let range = start + 16..<start + 16 + Int(size)
            add(bytes[range])
            replace(&bytes, range)
        }
    }

    /// API keys of this host, and signed tokens, wherever they stand.
    private mutating func redactKeys(_ bytes: inout [UInt8]) {
        for beginning in ["cak_", "eyJ", "whsec_"] {
            let mark = Array(beginning.utf8)
            for place in Self.places(of: mark, in: bytes) {
                let end = bytes[place...].firstIndex { !Self.isOfToken($0) } ?? bytes.count
                if end - place >= 20 { replace(&bytes, place..<end) }
            }
        }
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 43, 47, 61: true
        default: false
        }
    }

    static func word(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

    /// Where `part` begins in `bytes`, without overlaps.
    private static func places(of part: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard let first = part.first, bytes.count >= part.count else { return [] }
        var places: [Int] = []
        var index = 0
        while let found = bytes[index...(bytes.count - part.count)].firstIndex(of: first) {
            if bytes[found..<found + part.count].elementsEqual(part) {
                places.append(found)
                index = found + part.count
            } else {
                index = found + 1
            }
            if index > bytes.count - part.count { break }
        }
        return places
    }
}
