import Glibc

/// Progress of a long piece of work on standard error: a bar on a terminal, a line now and then elsewhere.
///
/// Not for more than one task at a time.
public struct ProgressDisplay {
    private let title: String
    private let total: Int
    private let isTerminal: Bool
    private var shownPercent = -1

    /// Starts a display for `total` steps; shows nothing yet.
    public init(_ title: String, total: Int) {
        self.title = title
        self.total = total
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Shows that `done` steps are behind us.
    public mutating func update(_ done: Int) {
        let percent = total == 0 ? 100 : done * 100 / total
        // A log gets a line for every tenth, a terminal a fresh bar for every percent.
        let step = isTerminal ? 1 : 10
        guard percent / step != shownPercent / step || shownPercent < 0 else { return }
        shownPercent = percent
        if isTerminal {
            let filled = percent * 30 / 100
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
            Self.write("\r\(title) \(bar) \(percent) %  \(done)/\(total)")
        } else {
            Self.write("\(title): \(done) of \(total)\n")
        }
    }

    /// Ends the line of the bar.
    public func finish() {
        if isTerminal && shownPercent >= 0 { Self.write("\n") }
    }

    /// Writes a remark on a line of its own.
    public mutating func note(_ text: String) {
        Self.write(isTerminal && shownPercent >= 0 ? "\n\(text)\n" : "\(text)\n")
        shownPercent = -1
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
