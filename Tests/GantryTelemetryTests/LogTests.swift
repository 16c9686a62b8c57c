import GantryCore
import GantryJSON
import GantryTelemetry
import Glibc
import Testing

@Suite("The log")
struct LogTests {
    /// Runs the body with a log on a file, and gives the lines that were written.
    private func lines(
        level: Deployment.LogLevel = .info, capacityBytes: Int = 1 << 20, _ body: (Log) -> Void
    ) throws -> [JSONDocument] {
        var path = Array("/tmp/log-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        defer {
            close(descriptor)
            unlink(path)
        }
        let log = Log(level: level, descriptor: descriptor, capacityBytes: capacityBytes)
        body(log)
        log.close()
        var text = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        #expect(count == text.count)
        return try text.split(separator: UInt8(ascii: "\n")).map { try JSONDocument(Array($0)) }
    }

    @Test("A line is one JSON object with what is known")
    func line() throws {
        let trace = TraceContext(traceIDHigh: 0x4bf9_2f35_77b3_4da6, traceIDLow: 0xa3ce_929d_0e0e_4736, spanID: 1)
        let lines = try lines { log in
            log.write(
                .warning, "It is \"odd\"\nindeed", scope: LogScope(requestID: "r", tenant: "t", module: "m"),
                trace: trace,
                fields: [
                    LogField("text", "x"), LogField("number", 7), LogField("share", 0.5), LogField("truth", true),
                ])
            log.write(.info, "bare")
        }
        defer { withExtendedLifetime(lines) {} }
        #expect(lines.count == 2)
        let first = lines[0].root
        #expect(first["level"]?.string == "warning")
        #expect(first["message"]?.string == "It is \"odd\"\nindeed")
        #expect(first["timestamp"]?.string.flatMap(RFC3339.milliseconds) != nil)
        #expect(first["trace_id"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(first["span_id"]?.string == "0000000000000001")
        #expect(first["request_id"]?.string == "r")
        #expect(first["tenant"]?.string == "t")
        #expect(first["module"]?.string == "m")
        #expect(first["text"]?.string == "x")
        #expect(first["number"]?.int64 == 7)
        #expect(first["share"]?.double == 0.5)
        #expect(first["truth"]?.bool == true)
        #expect(lines[1].root["trace_id"] == nil)
        #expect(lines[1].root["tenant"] == nil)
    }

    @Test("Lines below the level are not written")
    func levels() throws {
        let lines = try lines(level: .warning) { log in
            for level in Deployment.LogLevel.allCases { log.write(level, level.rawValue) }
        }
        #expect(lines.map { $0.withRoot { $0["message"]?.string } } == ["warning", "error"])
    }

    @Test("A request's line holds the route's template and its time")
    func request() throws {
        let lines = try lines { log in
            var buffer = JSONWriter()
            let id = Array("abc".utf8)
            id.withUnsafeBufferPointer { id in
                log.write(
                    RequestRecord(
                        method: "GET", route: "/v1/x/{id}", status: 503, durationNanoseconds: 1_500_000,
                        requestID: id, tenant: "t", module: "m", trace: TraceContext()), using: &buffer)
            }
        }
        defer { withExtendedLifetime(lines) {} }
        let line = lines[0].root
        #expect(line["level"]?.string == "error")
        #expect(line["method"]?.string == "GET")
        #expect(line["route"]?.string == "/v1/x/{id}")
        #expect(line["status"]?.int64 == 503)
        #expect(line["duration_us"]?.int64 == 1500)
        #expect(line["request_id"]?.string == "abc")
    }

    @Test("Lines that find no room are counted, and the log says so")
    func drops() throws {
        let text = String(repeating: "x", count: 1000)
        var dropped: UInt64 = 0
        let lines = try lines(capacityBytes: 2500) { log in
            for _ in 0..<5 { log.write(.info, text) }
            dropped = log.droppedCount
        }
        let told = lines.compactMap { $0.withRoot { $0["dropped"]?.int64 } }
        #expect(dropped >= 1)
        #expect(told.reduce(0, +) == Int64(dropped))
        #expect(lines.count - told.count == 5 - Int(dropped))
    }

    @Test("A flush waits until everything is written")
    func flush() throws {
        var path = Array("/tmp/log-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        defer {
            close(descriptor)
            unlink(path)
        }
        let log = Log(level: .info, descriptor: descriptor)
        log.write(.info, "one")
        log.flush()
        #expect(lseek(descriptor, 0, SEEK_END) > 0)
        log.close()
    }
}
