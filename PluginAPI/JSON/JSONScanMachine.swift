/// The state of one scan. While a container is open, its node's `next` holds the index of the container around it,
/// which makes a stack unnecessary.
struct JSONScanMachine {
    enum Outcome: Equatable {
        case finished
        case needsRoom
        case failed(JSONSyntaxError.Code)
    }

    static let noParent = UInt32.max

    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let nodes: UnsafeMutablePointer<JSONNode>
    let capacity: Int
    let maximumDepth: Int
    var cursor: UnsafePointer<UInt8>
    var count = 0
    var depth = 0
    var parent = JSONScanMachine.noParent
    var outcome = Outcome.finished

    init(
        start: UnsafePointer<UInt8>, count: Int, nodes: UnsafeMutablePointer<JSONNode>, capacity: Int, maximumDepth: Int
    ) {
        self.start = start
        end = start + count
        cursor = start
        self.nodes = nodes
        self.capacity = capacity
        self.maximumDepth = maximumDepth
    }

    /// Bytes consumed so far; after a failure the place of the fault.
    var offset: Int { cursor - start }

    /// Scans the whole text.
    mutating func run() -> Outcome {
        skipWhitespace()
        guard cursor < end else { return .failed(.empty) }
        repeat {
            guard scanValue() else { return outcome }
        } while advanceToNextValue()
        guard outcome == .finished else { return outcome }
        return cursor == end ? .finished : .failed(.trailing)
    }

    /// Scans a scalar, or opens a container; an empty container is closed again by `advanceToNextValue`.
    @inline(__always)
    private mutating func scanValue() -> Bool {
        guard cursor < end else { return fail(.syntax) }
        switch cursor.pointee {
        case UInt8(ascii: "\""): return scanString(flags: 0)
        case UInt8(ascii: "{"): return open(.object)
        case UInt8(ascii: "["): return open(.array)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return scanNumber()
        case UInt8(ascii: "t"): return scanLiteral("true", .true)
        case UInt8(ascii: "f"): return scanLiteral("false", .false)
        case UInt8(ascii: "n"): return scanLiteral("null", .null)
        default: return fail(.syntax)
        }
    }

    /// After a value or an opening bracket: closes what ends here and stops in front of the next value.
    ///
    /// Returns false at the end of the document and on failure.
    @inline(__always)
    private mutating func advanceToNextValue() -> Bool {
        var isFirst = isJustOpened
        while true {
            skipWhitespace()
            guard parent != Self.noParent else { return false }
            guard cursor < end else { return fail(.syntax) }
            let container = nodes + Int(parent)
            let isObject = container.pointee.kind == JSONKind.object.rawValue
            let byte = cursor.pointee
            if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                close(container)
                isFirst = false
                continue
            }
            if !isFirst {
                guard byte == UInt8(ascii: ",") else { return fail(.syntax) }
                cursor += 1
                skipWhitespace()
            }
            container.pointee.count &+= 1
            return isObject ? scanName() : true
        }
    }

    /// Whether the last node is the open container itself, so that no element precedes the cursor.
    @inline(__always)
    private var isJustOpened: Bool { parent != Self.noParent && Int(parent) == count - 1 }

    @inline(__always)
    private mutating func scanName() -> Bool {
        guard cursor < end, cursor.pointee == UInt8(ascii: "\"") else { return fail(.syntax) }
        guard scanString(flags: JSONNode.nameFlag) else { return false }
        skipWhitespace()
        guard cursor < end, cursor.pointee == UInt8(ascii: ":") else { return fail(.syntax) }
        cursor += 1
        skipWhitespace()
        return true
    }

    @inline(__always)
    private mutating func open(_ kind: JSONKind) -> Bool {
        guard depth < maximumDepth else { return fail(.depth) }
        guard count < capacity else { return needRoom() }
        let index = UInt32(truncatingIfNeeded: count)
        (nodes + count).initialize(
            to: JSONNode(
                offset: UInt32(truncatingIfNeeded: offset), length: 0, next: parent, count: 0, kind: kind, flags: 0))
        count += 1
        depth += 1
        parent = index
        cursor += 1
        return true
    }

    @inline(__always)
    private mutating func close(_ container: UnsafeMutablePointer<JSONNode>) {
        cursor += 1
        depth -= 1
        parent = container.pointee.next
        container.pointee.next = UInt32(truncatingIfNeeded: count)
        container.pointee.length = UInt32(truncatingIfNeeded: offset) &- container.pointee.offset
    }

    /// Appends a scalar that lies between `first` and `last`.
    @inline(__always)
    mutating func append(_ first: UnsafePointer<UInt8>, _ last: UnsafePointer<UInt8>, _ kind: JSONKind, flags: UInt8)
        -> Bool
    {
        guard count < capacity else { return needRoom() }
        (nodes + count).initialize(
            to: JSONNode(
                offset: UInt32(truncatingIfNeeded: first - start), length: UInt32(truncatingIfNeeded: last - first),
                next: UInt32(truncatingIfNeeded: count + 1), count: 0, kind: kind, flags: flags))
        count += 1
        return true
    }

    @inline(__always)
    private mutating func scanLiteral(_ literal: StaticString, _ kind: JSONKind) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard end - cursor >= length else { return fail(.syntax) }
        for index in 0..<length where cursor[index] != literal.utf8Start[index] {
            cursor += index
            return fail(.syntax)
        }
        let first = cursor
        cursor += length
        return append(first, cursor, kind, flags: 0)
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while cursor < end {
            switch cursor.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: cursor += 1
            default: return
            }
        }
    }

    /// Records a fault at the cursor; always false, so that callers can return it.
    @inline(never)
    mutating func fail(_ code: JSONSyntaxError.Code) -> Bool {
        outcome = .failed(code)
        return false
    }

    @inline(never)
    private mutating func needRoom() -> Bool {
        outcome = .needsRoom
        return false
    }
}
