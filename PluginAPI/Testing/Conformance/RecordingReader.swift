import CGantryProxy
import GantryJSON
import GantryKitTesting

/// One call across the border, as it was recorded.
final class RecordedCall: @unchecked Sendable {
    // Constant once the recording has been read.
    let isToHost: Bool
    let number: UInt64
    let request: [UInt8]
    /// Nil where the recording ended before it.
    fileprivate(set) var answer: [UInt8]?
    /// The calls that were made within it, on its thread, in order.
    fileprivate(set) var inner: [RecordedCall] = []

    fileprivate init(isToHost: Bool, number: UInt64, request: [UInt8]) {
        self.isToHost = isToHost
        self.number = number
        self.request = request
    }

    /// What it is, for people: its table and the texts in it.
    var summary: String { FrameText.summary(request, isToHost: isToHost) }
}

/// The file of a recording; see `Documentation/ABI.md`.
struct RecordingReader {
    let module: String
    let version: String
    /// What was called on no call's thread, in the order in which it began.
    let outermost: [RecordedCall]

    init(_ path: String) throws {
        let bytes = try TestFile.bytes(path)
        guard let end = bytes.firstIndex(of: 0x0A), let header = try? JSONDocument(Array(bytes[..<end])) else {
            throw TestFailure("\(path) is no recording")
        }
        let texts = header.withRoot { root in
            ["module", "version", "tables"].map { root[$0]?.string ?? "" } + [root["gantryRecording"] == nil ? "" : "1"]
        }
        guard texts[3] == "1" else { throw TestFailure("\(path) is no recording") }
        guard texts[2] == String(gantry_proxy_tables()) else {
            throw TestFailure("\(path) was written by a host with other tables; use the `gantry` that wrote it")
        }
        (module, version) = (texts[0], texts[1])
        outermost = try Self.calls(bytes, from: end + 1, path)
    }

    /// The call of the host under way that was lent the function that is called back. Its thread need not be that of
    /// the callback: one thread runs the transactions of several.
    private static func lender(
        of call: RecordedCall, among open: some Sequence<RecordedCall>
    ) -> RecordedCall? {
        guard !call.isToHost, FrameText.word(call.request[...], at: 0) == 5 else { return nil }
        let token = FrameText.word(call.request[...], at: 16)
        return open.first { lender in
            lender.isToHost && FrameText.word(lender.request[...], at: 0) == 1
                && FrameText.word(lender.request[...], at: 24) == token
        }
    }

    private static func calls(_ bytes: [UInt8], from start: Int, _ path: String) throws -> [RecordedCall] {
        var outermost: [RecordedCall] = []
        var open: [UInt64: RecordedCall] = [:]
        var index = start
        while bytes.count - index >= 40 {
            let words = (0..<5).map { FrameText.word(bytes[...], at: index + $0 * 8) }
            let size = words[4]
            // The last record may be cut off.
            guard size <= UInt64(bytes.count - index - 40) else { break }
            let content = Array(bytes[index + 40..<index + 40 + Int(size)])
            index += 40 + (Int(size) + 7) / 8 * 8
            switch words[0] {
            case 1:
                let call = RecordedCall(isToHost: words[1] == 1, number: words[2], request: content)
                let outer = lender(of: call, among: open.values) ?? open[words[3]]
                open[words[2]] = call
                if let outer { outer.inner.append(call) } else { outermost.append(call) }
            case 2: open.removeValue(forKey: words[2])?.answer = content
            default: throw TestFailure("\(path) is broken at byte \(index)")
            }
        }
        return outermost
    }
}

/// Words and texts of what crosses.
enum FrameText {
    static func word(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt64 {
        guard offset >= bytes.startIndex, offset + 8 <= bytes.endIndex else { return 0 }
        return (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
    }

    static func summary(_ request: [UInt8], isToHost: Bool) -> String {
        let kind = word(request[...], at: 0)
        let table = word(request[...], at: 8)
        let function = Int(clamping: word(request[...], at: 16))
        let name: String
        switch kind {
        case 1: name = "\(String(cString: gantry_proxy_table_id(1, table))) function \(function)"
        case 2: name = "query"
        case 3:
            let id = String(cString: gantry_proxy_table_id(0, table))
            name =
                "\(id) \(functions[id].flatMap { $0.indices.contains(function) ? $0[function] : nil } ?? "\(function)")"
        case 4: name = "query"
        default: name = "callback"
        }
        let texts = texts(request).prefix(12).map { "\"\($0)\"" }
        return texts.isEmpty ? name : "\(name) (\(texts.joined(separator: ", ")))"
    }

    private static let functions = [
        "gantry.module.lifecycle": ["describe", "create", "start", "quiesce", "stop", "destroy"],
        "gantry.module.http": ["handle", "check"], "gantry.module.events": ["deliver"], "gantry.module.jobs": ["run"],
    ]

    /// What looks like text in it: a size, 1, and so many bytes.
    private static func texts(_ request: [UInt8]) -> [String] {
        var texts: [String] = []
        var index = 16
        while index + 16 <= request.count {
            let size = word(request[...], at: index)
            if word(request[...], at: index + 8) == 1, (1...UInt64(max(1, request.count - index - 16))) ~= size,
                request[index + 16..<index + 16 + Int(size)].allSatisfy({ $0 >= 32 || $0 == 10 || $0 == 9 })
            {
                let text = String(decoding: request[index + 16..<index + 16 + Int(size)], as: UTF8.self)
                texts.append(text.count > 100 ? text.prefix(100) + "…" : text)
                index += 16 + (Int(size) + 7) / 8 * 8
            } else {
                index += 8
            }
        }
        return texts
    }
}
