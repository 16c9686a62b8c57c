import CGantry
import GantryCryptography

/// Takes secrets out of what is recorded. Each is replaced by other letters of the same number, the same ones wherever
/// it occurs, so that nothing moves and what was equal stays equal.
struct Redaction {
    /// Names of members, fields, parameters and columns whose values are secrets, whatever the case of their letters.
    static let names: Set<String> = [
        "password", "passphrase", "passcode", "password_hash", "passwordhash", "secret", "clientsecret",
        "client_secret",
        "token", "accesstoken", "access_token", "refreshtoken", "refresh_token", "idtoken", "id_token", "apikey",
        "api_key", "privatekey", "private_key", "authorization", "credentials", "pin", "cvc", "cvv", "iban",
        "cardnumber",
        "card_number", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-csrf-token",
        "webhook-signature", "x-signature",
    ]
    /// Shorter values are left where nothing but themselves says that they are secret: they would occur by chance.
    private static let shortest = 6

    private let names: Set<String>
    private let key: [UInt8]
    private var values: [[UInt8]] = []
    /// Secrets that are numbers, as words of an integer or of a real.
    private var words: [UInt64: UInt64] = [:]

    /// - Parameters:
    ///   - more: Further names, such as those of configured secret fields.
    ///   - key: Random bytes; who does not have them cannot tell what was replaced.
    init(names more: [String], key: [UInt8]) {
        names = Self.names.union(more.map { $0.lowercased() })
        self.key = key
    }

    /// Whether what has this name is a secret.
    func isSecret(_ name: some Collection<UInt8>) -> Bool {
        name.count <= 64 && names.contains(String(decoding: name, as: UTF8.self).lowercased())
    }

    /// A value that is secret wherever it occurs from now on, also as it stands in JSON or in an address.
    mutating func add(_ value: ArraySlice<UInt8>) {
        for form in [Array(value), JSONForms.unescaped(value), JSONForms.percentDecoded(value)] {
            guard form.count >= Self.shortest, !values.contains(form) else { continue }
            values.append(form)
            let text = String(decoding: form, as: UTF8.self)
            let other = String(decoding: replaced(form[...]), as: UTF8.self)
            if let number = Int64(text), let replacement = Int64(other) {
                words[UInt64(bitPattern: number)] = UInt64(bitPattern: replacement)
            }
            if let number = Double(text), let replacement = Double(other) {
                words[number.bitPattern] = replacement.bitPattern
            }
        }
        // What holds a shorter one comes first, so that it is replaced as a whole.
        values.sort { $0.count > $1.count }
    }

    /// Redacts the bytes of a request or an answer.
    mutating func apply(_ bytes: inout [UInt8]) {
        redactFields(&bytes)
        redactMembers(&bytes)
        redactAssignments(&bytes)
        redactKeys(&bytes)
        for value in values {
            for start in Self.places(of: value, in: bytes) { replace(&bytes, start..<start + value.count) }
        }
        redactNumbers(&bytes)
    }

    /// Values of statements that are such numbers: their type, 0, the integer, the real. Other words may be equal by
    /// chance, and mean how much follows.
    private func redactNumbers(_ bytes: inout [UInt8]) {
        guard !words.isEmpty else { return }
        for place in stride(from: 0, to: bytes.count - 31, by: 8) where Self.word(at: place + 8, in: bytes) == 0 {
            let type = Self.word(at: place, in: bytes)
            let offset = type == UInt64(GANTRY_VALUE_INTEGER.rawValue) ? 16 : 24
            guard offset == 16 || type == UInt64(GANTRY_VALUE_REAL.rawValue) else { continue }
            guard let other = words[Self.word(at: place + offset, in: bytes)] else { continue }
            bytes.replaceSubrange(place + offset..<place + offset + 8, with: Self.word(other))
        }
    }

    /// Replaces the bytes of a place, and notes what was there.
    mutating func take(_ range: Range<Int>, of bytes: inout [UInt8]) {
        guard !range.isEmpty else { return }
        add(bytes[range])
        replace(&bytes, range)
    }

    /// Another number for one that is a secret.
    mutating func takeInteger(at place: Int, of bytes: inout [UInt8]) {
        let number = Int64(bitPattern: Self.word(at: place, in: bytes))
        let text = Array(String(number).utf8)
        add(text[...])
        let other = Int64(String(decoding: replaced(text[...]), as: UTF8.self)) ?? 0
        bytes.replaceSubrange(place..<place + 8, with: Self.word(UInt64(bitPattern: other)))
    }

    func replace(_ bytes: inout [UInt8], _ range: Range<Int>) {
        bytes.replaceSubrange(range, with: replaced(bytes[range]))
    }

    /// Letters that depend on nothing but the old bytes and the key.
    private func replaced(_ old: ArraySlice<UInt8>) -> [UInt8] {
        let isNumber = old.allSatisfy { (48...57).contains($0) || $0 == 45 || $0 == 46 }
        var stream = Cryptography.hmacSHA256(Array(old), key: key).bytes
        return old.enumerated().map { count, byte in
            if stream.isEmpty { stream = Cryptography.hmacSHA256(Redaction.word(UInt64(count)), key: key).bytes }
            let next = stream.removeLast()
            // A number stays one, and what is not text stays as wide as it is.
            return isNumber ? (byte < 48 ? byte : 49 + next % 9) : 97 + next % 26
        }
    }

    // MARK: bytes

    static func word(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

    /// The word at a place; 0 beyond the end.
    static func word(at place: Int, in bytes: [UInt8]) -> UInt64 {
        guard place >= 0, place <= bytes.count - 8 else { return 0 }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
    }

    /// The text that begins at a place: its size, 1, its bytes; nil where none does.
    static func text(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        let size = word(at: place, in: bytes)
        guard word(at: place + 8, in: bytes) == 1, bytes.count - place >= 16, size <= UInt64(bytes.count - place - 16)
        else { return nil }
        return place + 16..<place + 16 + Int(size)
    }

    /// Where what follows a text begins.
    static func end(of text: Range<Int>) -> Int { text.lowerBound + (text.count + 7) / 8 * 8 }

    /// Where `part` begins in `bytes`, without overlaps.
    static func places(of part: [UInt8], in bytes: [UInt8]) -> [Int] {
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
