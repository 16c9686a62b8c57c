/// Tells Swift's code from its comments and texts, closely enough for counting braces and finding words.
struct SwiftMask {
    private enum Place {
        /// Code; `parentheses` are open inside the interpolation that it stands in.
        case code(parentheses: Int)
        case lineComment
        case blockComment(depth: Int)
        case text(hashes: Int, isBlock: Bool)
    }

    private var stack: [Place] = [.code(parentheses: 0)]
    private var output: [UInt8] = []
    private var index = 0
    private let bytes: UnsafeBufferPointer<UInt8>

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        output.reserveCapacity(bytes.count)
    }

    /// The bytes with all that is no code turned into spaces; lines stay where they are.
    static func code(of bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBufferPointer { bytes in
            var mask = SwiftMask(bytes)
            while mask.index < bytes.count { mask.step() }
            return mask.output
        }
    }

    private mutating func step() {
        switch stack[stack.count - 1] {
        case .code(let parentheses): stepCode(parentheses)
        case .lineComment:
            if bytes[index] == 10 { stack.removeLast() }
            hide(1)
        case .blockComment(let depth): stepBlockComment(depth)
        case .text(let hashes, let isBlock): stepText(hashes, isBlock)
        }
    }

    private mutating func stepCode(_ parentheses: Int) {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "/") where peek(1) == byte:
            stack.append(.lineComment)
            hide(2)
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            stack.append(.blockComment(depth: 1))
            hide(2)
        case UInt8(ascii: "\""): beginText(hashes: 0)
        case UInt8(ascii: "#"):
            let hashes = run(of: byte, from: index)
            if peek(hashes) == UInt8(ascii: "\"") { beginText(hashes: hashes) } else { show(hashes) }
        case UInt8(ascii: "("):
            stack[stack.count - 1] = .code(parentheses: parentheses + 1)
            show(1)
        case UInt8(ascii: ")"):
            if parentheses == 0 && stack.count > 1 {
                stack.removeLast()
                hide(1)
            } else {
                stack[stack.count - 1] = .code(parentheses: max(0, parentheses - 1))
                show(1)
            }
        default: show(1)
        }
    }

    private mutating func stepBlockComment(_ depth: Int) {
        if bytes[index] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/") {
            stack.removeLast()
            if depth > 1 { stack.append(.blockComment(depth: depth - 1)) }
            hide(2)
        } else if bytes[index] == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*") {
            stack[stack.count - 1] = .blockComment(depth: depth + 1)
            hide(2)
        } else {
            hide(1)
        }
    }

    private mutating func beginText(hashes: Int) {
        let quotes = run(of: UInt8(ascii: "\""), from: index + hashes)
        stack.append(.text(hashes: hashes, isBlock: quotes >= 3))
        hide(hashes + (quotes >= 3 ? 3 : 1))
    }

    private mutating func stepText(_ hashes: Int, _ isBlock: Bool) {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\\"), run(of: UInt8(ascii: "#"), from: index + 1) >= hashes {
            if peek(1 + hashes) == UInt8(ascii: "(") {
                stack.append(.code(parentheses: 0))
                hide(2 + hashes)
            } else {
                hide(2 + hashes)
            }
            return
        }
        let quotes = isBlock ? 3 : 1
        if byte == UInt8(ascii: "\""), run(of: byte, from: index) >= quotes,
            run(of: UInt8(ascii: "#"), from: index + quotes) >= hashes
        {
            stack.removeLast()
            hide(quotes + hashes)
        } else {
            // A text of one line ends with it, whatever was misread before.
            if byte == 10 && !isBlock { stack.removeLast() }
            hide(1)
        }
    }

    private func peek(_ distance: Int) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    private func run(of byte: UInt8, from start: Int) -> Int {
        var end = start
        while end < bytes.count && bytes[end] == byte { end += 1 }
        return end - start
    }

    private mutating func show(_ count: Int) {
        for offset in index..<min(bytes.count, index + count) { output.append(bytes[offset]) }
        index += count
    }

    private mutating func hide(_ count: Int) {
        for offset in index..<min(bytes.count, index + count) { output.append(bytes[offset] == 10 ? 10 : 32) }
        index += count
    }
}
