/// Reads a regular expression of the supported dialect.
struct PatternParser {
    private static let maximumGroupDepth = 50
    private static let maximumRepetitions = 4096

    private let source: String
    private let scalars: [UInt32]
    private var index = 0
    private var groupDepth = 0

    init(_ source: String) {
        self.source = source
        scalars = source.unicodeScalars.map(\.value)
    }

    mutating func parse() throws(ContractError) -> PatternSyntax {
        let syntax = try parseAlternatives()
        guard index == scalars.count else { throw error("has an unmatched parenthesis") }
        return syntax
    }

    private func error(_ fault: String) -> ContractError {
        ContractError(code: .pattern, message: "The pattern \"\(source)\" \(fault)", pointer: "")
    }

    private var current: UInt32? { index < scalars.count ? scalars[index] : nil }

    private func isNext(_ character: Unicode.Scalar) -> Bool { current == character.value }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        index += 1
        return true
    }

    private mutating func parseAlternatives() throws(ContractError) -> PatternSyntax {
        var branches = [try parseSequence()]
        while accept("|") { branches.append(try parseSequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func parseSequence() throws(ContractError) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let scalar = current, scalar != 0x7C, scalar != 0x29 {
            let atom = try parseAtom()
            parts.append(try parseQuantifier(of: atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func parseAtom() throws(ContractError) -> PatternSyntax {
        let scalar = scalars[index]
        index += 1
        switch Unicode.Scalar(scalar) {
        case "^": return .textStart
        case "$": return .textEnd
        case ".": return .scalars(ScalarSet.lineTerminators.inverted)
        case "(": return try parseGroup()
        case "[": return .scalars(try parseClass())
        case "\\": return .scalars(try parseEscape(inClass: false))
        case "*", "+", "?", "{": throw error("repeats nothing")
        case "]", "}": throw error("has an unmatched bracket")
        default: return .scalars(ScalarSet([scalar...scalar]))
        }
    }

    private mutating func parseGroup() throws(ContractError) -> PatternSyntax {
        if accept("?") {
            if accept("<"), !isNext("="), !isNext("!") {
                while let scalar = current, scalar != 0x3E { index += scalar == 0x29 ? scalars.count : 1 }
                guard accept(">") else { throw error("has a broken group name") }
            } else if !accept(":") {
                throw error("uses look-around, which is not supported")
            }
        }
        groupDepth += 1
        guard groupDepth <= Self.maximumGroupDepth else { throw error("nests its groups too deeply") }
        let inner = try parseAlternatives()
        groupDepth -= 1
        guard accept(")") else { throw error("has an unmatched parenthesis") }
        return inner
    }

    private mutating func parseQuantifier(of atom: PatternSyntax) throws(ContractError) -> PatternSyntax {
        let minimum: Int
        let maximum: Int?
        if accept("*") {
            (minimum, maximum) = (0, nil)
        } else if accept("+") {
            (minimum, maximum) = (1, nil)
        } else if accept("?") {
            (minimum, maximum) = (0, 1)
        } else if accept("{") {
            (minimum, maximum) = try parseBounds()
        } else {
            return atom
        }
        // Whether a quantifier is greedy changes what a match spans, not whether there is one.
        _ = accept("?")
        if isNext("*") || isNext("+") || isNext("?") || isNext("{") { throw error("repeats a repetition") }
        switch atom {
        case .textStart, .textEnd: throw error("repeats an anchor")
        default: return .repetition(atom, minimum: minimum, maximum: maximum)
        }
    }

    private mutating func parseBounds() throws(ContractError) -> (Int, Int?) {
        let minimum = try parseCount()
        if accept("}") { return (minimum, minimum) }
        guard accept(",") else { throw error("has a broken repetition") }
        if accept("}") { return (minimum, nil) }
        let maximum = try parseCount()
        guard accept("}"), minimum <= maximum else { throw error("has a broken repetition") }
        return (minimum, maximum)
    }

    private mutating func parseCount() throws(ContractError) -> Int {
        var value: Int?
        while let scalar = current, ScalarSet.digits.contains(scalar) {
            value = (value ?? 0) * 10 + Int(scalar - 0x30)
            index += 1
            if (value ?? 0) > Self.maximumRepetitions { throw error("repeats more than 4096 times") }
        }
        guard let value else { throw error("has a broken repetition") }
        return value
    }

    private mutating func parseClass() throws(ContractError) -> ScalarSet {
        let isNegated = accept("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !accept("]") {
            let lower = try parseClassAtom()
            if isNext("-"), index + 1 < scalars.count, scalars[index + 1] != 0x5D {
                index += 1
                let upper = try parseClassAtom()
                guard let first = lower.single, let last = upper.single, first <= last else {
                    throw error("has a broken range in a class")
                }
                ranges.append(first...last)
            } else {
                ranges += lower.ranges
            }
        }
        let set = ScalarSet(ranges)
        return isNegated ? set.inverted : set
    }

    private mutating func parseClassAtom() throws(ContractError) -> ScalarSet {
        guard let scalar = current else { throw error("has an unmatched bracket") }
        index += 1
        return scalar == 0x5C ? try parseEscape(inClass: true) : ScalarSet([scalar...scalar])
    }

    private mutating func parseEscape(inClass: Bool) throws(ContractError) -> ScalarSet {
        guard let scalar = current, let letter = Unicode.Scalar(scalar) else { throw error("ends in a backslash") }
        index += 1
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.inverted
        case "s": return .whitespace
        case "S": return ScalarSet.whitespace.inverted
        case "t": return ScalarSet(one: 0x09)
        case "n": return ScalarSet(one: 0x0A)
        case "v": return ScalarSet(one: 0x0B)
        case "f": return ScalarSet(one: 0x0C)
        case "r": return ScalarSet(one: 0x0D)
        case "b" where inClass: return ScalarSet(one: 0x08)
        case "0" where !(current.map(ScalarSet.digits.contains) ?? false): return ScalarSet(one: 0)
        case "c": return try parseControlLetter()
        case "x": return ScalarSet(one: try parseHexadecimal(digits: 2))
        case "u": return ScalarSet(one: try parseUnicodeEscape())
        default:
            if ScalarSet.wordCharacters.contains(scalar) || scalar >= 0x80 {
                throw error("uses \\\(letter), which is not supported")
            }
            return ScalarSet(one: scalar)
        }
    }

    private mutating func parseControlLetter() throws(ContractError) -> ScalarSet {
        guard let letter = current, (0x41...0x5A).contains(letter & ~0x20) else {
            throw error("has a broken control escape")
        }
        index += 1
        return ScalarSet(one: letter & 0x1F)
    }

    private mutating func parseUnicodeEscape() throws(ContractError) -> UInt32 {
        if accept("{") {
            var value: UInt32 = 0
            while let digit = current.flatMap(Self.hexadecimalValue), value <= ScalarSet.maximum {
                value = value << 4 | digit
                index += 1
            }
            guard accept("}"), value <= ScalarSet.maximum else { throw error("has a broken Unicode escape") }
            return value
        }
        let unit = try parseHexadecimal(digits: 4)
        guard unit & 0xFC00 == 0xD800, isNext("\\"), index + 1 < scalars.count, scalars[index + 1] == 0x75 else {
            return unit
        }
        index += 2
        let low = try parseHexadecimal(digits: 4)
        guard low & 0xFC00 == 0xDC00 else { throw error("has half a surrogate pair") }
        return 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF))
    }

    private mutating func parseHexadecimal(digits: Int) throws(ContractError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = current.flatMap(Self.hexadecimalValue) else { throw error("has a broken escape") }
            value = value << 4 | digit
            index += 1
        }
        return value
    }

    private static func hexadecimalValue(_ scalar: UInt32) -> UInt32? {
        Unicode.Scalar(scalar).flatMap { Character($0).isASCII ? Character($0).hexDigitValue : nil }.map(UInt32.init)
    }
}

extension ScalarSet {
    fileprivate init(one scalar: UInt32) { self.init([scalar...scalar]) }

    /// The only member of a set of one.
    fileprivate var single: UInt32? {
        ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
    }
}
