/// SHA-256 after FIPS 180-4, for a few kilobytes at a time: this package fetches no cryptography.
public enum SHA256 {
    private static let constants: [UInt32] = primes(64).map { fraction($0, isCube: true) }
    private static let start: [UInt32] = primes(8).map { fraction($0, isCube: false) }

    /// The digest of `bytes`, 32 bytes.
    public static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var message = bytes + [0x80]
        while message.count % 64 != 56 { message.append(0) }
        let bits = UInt64(bytes.count) * 8
        message += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        var hash = start
        for block in stride(from: 0, to: message.count, by: 64) { compress(message[block..<block + 64], into: &hash) }
        return hash.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    /// The code of a message under a key, HMAC after RFC 2104, 32 bytes.
    public static func authentication(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? digest(key) : key
        block += [UInt8](repeating: 0, count: 64 - block.count)
        return digest(block.map { $0 ^ 0x5c } + digest(block.map { $0 ^ 0x36 } + message))
    }

    private static func compress(_ block: ArraySlice<UInt8>, into hash: inout [UInt32]) {
        var words: [UInt32] = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (first, second) = (words[index - 15], words[index - 2])
            let small = turn(first, 7) ^ turn(first, 18) ^ first >> 3
            let large = turn(second, 17) ^ turn(second, 19) ^ second >> 10
            let old: UInt32 = words[index - 16] &+ words[index - 7]
            words.append(old &+ small &+ large)
        }
        var state = hash
        for index in 0..<64 {
            let choice: UInt32 = (state[4] & state[5]) ^ (~state[4] & state[6])
            let large: UInt32 = turn(state[4], 6) ^ turn(state[4], 11) ^ turn(state[4], 25)
            let first: UInt32 = state[7] &+ large &+ choice &+ constants[index] &+ words[index]
            let majority: UInt32 = (state[0] & state[1]) ^ (state[0] & state[2]) ^ (state[1] & state[2])
            let turned: UInt32 = turn(state[0], 2) ^ turn(state[0], 13) ^ turn(state[0], 22)
            let second: UInt32 = turned &+ majority
            state.insert(first &+ second, at: 0)
            state.removeLast()
            state[4] = state[4] &+ first
        }
        for index in 0..<8 { hash[index] = hash[index] &+ state[index] }
    }

    private static func turn(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func primes(_ count: Int) -> [UInt64] {
        var found: [UInt64] = []
        var candidate: UInt64 = 2
        while found.count < count {
            if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
            candidate += 1
        }
        return found
    }

    /// The first 32 bits behind the point of the prime's square or cube root, by bisection over whole numbers.
    private static func fraction(_ prime: UInt64, isCube: Bool) -> UInt32 {
        var (low, high) = (UInt64(1) << 32, UInt64(32) << 32)
        while high - low > 1 {
            let middle = (low + high) / 2
            if isBelow(middle, prime, isCube: isCube) { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    /// Whether the fixed-point number's square or cube is at most `prime`.
    private static func isBelow(_ root: UInt64, _ prime: UInt64, isCube: Bool) -> Bool {
        let square = UInt128(root) * UInt128(root)
        guard isCube else { return square <= UInt128(prime) << 64 }
        // The cube has 96 bits behind the point and at most 9 before it.
        return square * UInt128(root) <= UInt128(prime) << 96
    }
}
