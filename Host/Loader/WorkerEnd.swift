import Glibc

/// How a worker came to its end.
public enum WorkerEnd: Sendable, Equatable {
    /// The host has ended it.
    case asked
    /// It ended by itself with this code.
    case exited(code: Int32)
    /// A signal ended it.
    case signalled(Int32)
    /// It had more memory than it may have.
    case outOfMemory(mebibytes: Int)
    /// A call did not return in its time; which one.
    case hung(String)
    /// It broke the rules of the channel; which one.
    case broken(String)
    /// It could not be started; why.
    case unstartable(String)

    /// For metrics: few values.
    public var reason: String {
        switch self {
        case .asked: "asked"
        case .exited: "exit"
        case .signalled: "signal"
        case .outOfMemory: "memory"
        case .hung: "hang"
        case .broken: "protocol"
        case .unstartable: "start"
        }
    }

    /// In words for the operator.
    public var text: String {
        switch self {
        case .asked: "ended by the host"
        case .exited(let code): "ended by itself with code \(code)"
        case .signalled(let signal): "ended by \(Self.name(signal))"
        case .outOfMemory(let mebibytes): "took more than \(mebibytes) MiB of memory"
        case .hung(let what): "hung: \(what)"
        case .broken(let rule): "broke the rules of the channel: \(Self.clause(rule))"
        case .unstartable(let why): "could not be started: \(Self.clause(why))"
        }
    }

    private static func clause(_ sentence: String) -> Substring {
        sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
    }

    private static func name(_ signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGSEGV: "SIGSEGV", SIGILL: "SIGILL", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE",
            SIGTRAP: "SIGTRAP", SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGSYS: "SIGSYS", SIGXCPU: "SIGXCPU",
        ]
        let words = strsignal(signal).map { String(cString: $0) } ?? ""
        return "\(names[signal] ?? "signal \(signal)")\(words.isEmpty ? "" : " (\(words))")"
    }
}
