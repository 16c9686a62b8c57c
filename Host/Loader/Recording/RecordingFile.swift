import CGantry
import CGantryProxy
import GantryCryptography
import GantryJSON
import GantryThreads
import Glibc

/// The file of a recording: a line of JSON, and behind it records of whole words.
struct RecordingFile {
    /// One call across the border.
    struct Exchange {
        let isToHost: Bool
        let number: UInt64
        let within: UInt64
    }

    private(set) var progress: Recording.Progress
    private var redaction: Redaction
    private var descriptor: Int32
    private let endNanoseconds: Int64
    /// Calls of the host that bring a secret: what their callbacks carry is one.
    private var secretCalls: Set<UInt64> = []
    /// Statements under way whose rows hold secrets.
    private var statements: [UInt64: StatementSecrets] = [:]

    init(_ order: Recording.Order) throws {
        descriptor = open(order.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Recording.Refusal(message: "\(order.path): \(String(cString: strerror(errno)))")
        }
        progress = Recording.Progress(order: order, records: 0, bytes: 0, ended: "")
        redaction = Redaction(names: order.members, key: Cryptography.randomBytes(32))
        endNanoseconds = MonotonicClock.nanoseconds + Int64(order.seconds) * 1_000_000_000
    }

    mutating func end(_ reason: String) {
        guard progress.ended.isEmpty else { return }
        progress.ended = reason
        close(descriptor)
        descriptor = -1
    }

    mutating func writeHeader(version: String) {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, value) in [
            ("module", progress.order.module), ("version", version), ("tenant", progress.order.tenant),
            ("tables", String(gantry_proxy_tables())),
        ] {
            writer.key(key)
            writer.string(value)
        }
        writer.key("gantryRecording")
        writer.int(1)
        writer.endObject()
        put(writer.bytes + [0x0A])
    }

    /// Writes the beginning of an exchange, or with `answer` its end.
    mutating func write(
        _ exchange: Exchange, _ request: UnsafeBufferPointer<UInt8>, _ answer: UnsafeBufferPointer<UInt8>?
    ) {
        guard progress.ended.isEmpty else { return }
        guard MonotonicClock.nanoseconds < endNanoseconds else { return end("the time is over") }
        if answer == nil { noteSecrets(exchange, request) } else { secretCalls.remove(exchange.number) }
        var bytes = Array(answer ?? request)
        if answer == nil { redactStatement(exchange, &bytes) } else { statements.removeValue(forKey: exchange.number) }
        redaction.apply(&bytes)
        let head: [UInt64] = [
            answer == nil ? 1 : 2, exchange.isToHost ? 1 : 0, exchange.number, exchange.within, UInt64(bytes.count),
        ]
        let padding = [UInt8](repeating: 0, count: -bytes.count & 7)
        put(head.flatMap(Redaction.word) + bytes + padding)
        progress.records += 1
    }

    private mutating func put(_ bytes: [UInt8]) {
        guard progress.bytes + bytes.count <= progress.order.bytes else { return end("the size is reached") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return end("the file cannot be written: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(written)
        }
        progress.bytes += bytes.count
    }

    /// Parameters that are written to columns with a secret's name, or compared with them, and what is read from those.
    private mutating func redactStatement(_ exchange: Exchange, _ bytes: inout [UInt8]) {
        func word(_ index: Int) -> UInt64 { Redaction.word(at: index * 8, in: bytes) }
        if exchange.isToHost, word(0) == 1, word(2) == 2,
            String(cString: gantry_proxy_table_id(1, word(1))) == GANTRY_DATABASE_ID
        {
            // Behind the function: what is lent (2 words), the call (7), the transaction; then the statement.
            guard let sql = Redaction.text(at: 13 * 8, in: bytes) else { return }
            let secrets = StatementSecrets(sql: bytes[sql]) { [redaction] in redaction.isSecret($0) }
            redaction.redactValues(at: Redaction.end(of: sql), of: &bytes) { secrets.parameters.contains($0 + 1) }
            if !secrets.columns.isEmpty { statements[exchange.number] = secrets }
        } else if !exchange.isToHost, word(0) == 5, let secrets = statements[exchange.within] {
            redaction.redactValues(at: 4 * 8, of: &bytes) { secrets.columns.contains($0) }
        }
    }

    /// Secrets and tokens reach a module through callbacks of a few functions; their texts are secret ever after.
    private mutating func noteSecrets(_ exchange: Exchange, _ request: UnsafeBufferPointer<UInt8>) {
        func word(_ index: Int) -> UInt64 {
            guard (index + 1) * 8 <= request.count else { return 0 }
            return UnsafeRawBufferPointer(request).loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
        }
        if exchange.isToHost, word(0) == 1 {
            let table = String(cString: gantry_proxy_table_id(1, word(1)))
            let isSecret = table == GANTRY_SETTINGS_ID && word(2) == 1 || table == GANTRY_IDENTITY_ID
            if isSecret { secretCalls.insert(exchange.number) }
        } else if !exchange.isToHost, word(0) == 5, secretCalls.contains(exchange.within) {
            // All texts of the callback: behind its head of four words each is its size, 1, and its bytes.
            var index = 4
            while (index + 2) * 8 <= request.count {
                let (size, start) = (word(index), (index + 2) * 8)
                if word(index + 1) == 1, size > 0, size <= UInt64(request.count - start) {
                    redaction.add(Array(request[start..<start + Int(size)])[...])
                    index += 2 + (Int(size) + 7) / 8
                } else {
                    index += 1
                }
            }
        }
    }
}
