import GantryCore
import GantryLoader
import GantryThreads

/// Keeps the log lines of a module.
final class FakeLog: LogPort {
    struct Line: Sendable, Equatable {
        var level: Deployment.LogLevel
        var message: String
        var fields: [String]
    }

    private let state = Monitor<[Line]>([])

    var lines: [Line] { state.withLock { $0 } }

    func write(
        level: Deployment.LogLevel, message: String, fields: [(name: String, value: String)], trace: TraceContext
    ) {
        let line = Line(level: level, message: message, fields: fields.map { "\($0.name)=\($0.value)" })
        state.withLock { $0.append(line) }
        state.broadcast()
    }

    /// Waits for a line that begins so; false when it does not come.
    func wait(for start: String) -> Bool {
        state.wait(until: .after(.seconds(60))) { $0.contains { $0.message.hasPrefix(start) } ? true : nil } == true
    }

    /// The last status that the fixture reported under the name; nil when it reported none.
    func status(_ name: String) -> ModuleStatus? {
        let values = lines.compactMap { line -> Int32? in
            guard line.message.hasPrefix("\(name)=") else { return nil }
            return Int32(line.message.dropFirst(name.count + 1))
        }
        return values.last.map(ModuleStatus.init(rawValue:))
    }
}
