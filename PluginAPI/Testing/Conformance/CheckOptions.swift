import Glibc

/// What the command is told.
struct CheckOptions {
    static let usage = """
        usage: gantry check <bundle folder> [--library file] [--only pattern] [--reproduce seed] [--thorough]
                            [--sanitizer] [--isolation where] [--timeout seconds] [--json] [--list] [--in-process]
          Runs a module through every check, each in a process of its own, and says what to change.
          --library file     instead of the one that the bundle's manifest names
          --only pattern     only checks whose name fits, such as `life` or `cancel*`; --list names all
          --reproduce seed   makes the random parts do the same again
          --thorough         tries everything more often; takes minutes
          --sanitizer        loads AddressSanitizer's runtime first: what a library built with -fsanitize=address does
                             wrong in memory is found, and what any library loses
          --isolation where  in-process (default), or where else the host would run it: worker, loopback
          --timeout seconds  for each check (60, with --thorough 600)
          --replay file      plays a recording of `gantry record` instead, and names what the build does otherwise
          --json             one JSON object instead of text
          --in-process       without a process of its own, for a debugger

        """

    /// Where a module can run: in the check's own process, there with every call as bytes, or in a worker.
    enum Isolation: String { case inProcess = "in-process", loopback, worker }

    var bundle = ""
    var library: String?
    var pattern: String?
    /// The recording that is played instead of the checks.
    var recording: String?
    var seed: UInt64?
    var timeoutSeconds = 60
    var isThorough = false
    var isSanitized = false
    /// Where the module runs.
    var isolation = Isolation.inProcess
    var isJSON = false
    var isList = false
    var isHelp = false
    var isInProcess = false

    /// Nil for what the command does not understand.
    init?(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        var seconds: Int?
        while let argument = rest.popFirst() {
            switch argument {
            case "--library": library = rest.popFirst()
            case "--only", "--check": pattern = rest.popFirst()
            case "--reproduce", "--seed":
                guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                seed = number
            case "--timeout":
                guard let number = rest.popFirst().flatMap({ Int($0) }), (1...86_400).contains(number) else {
                    return nil
                }
                seconds = number
            case "--thorough": isThorough = true
            case "--sanitizer": isSanitized = true
            case "--isolation":
                guard let place = rest.popFirst().flatMap(Isolation.init) else { return nil }
                isolation = place
            case "--replay":
                guard let file = rest.popFirst() else { return nil }
                recording = file
            case "--json": isJSON = true
            case "--list": isList = true
            case "--help", "-h": isHelp = true
            case "--in-process": isInProcess = true
            default:
                guard !argument.hasPrefix("--"), bundle.isEmpty else { return nil }
                bundle = argument
            }
        }
        timeoutSeconds = seconds ?? (isThorough ? 600 : 60)
        guard !bundle.isEmpty || isList || isHelp else { return nil }
    }

    /// Whether a check of this name is to be run.
    func wants(_ name: String) -> Bool { pattern.map { fnmatch($0, name, 0) == 0 } ?? true }

    /// The words that make a process run one check like this.
    func words(check: String, seed: UInt64) -> [String] {
        var words = ["gantry-check", bundle, "--only", check, "--reproduce", String(seed), "--in-process"]
        if let library { words += ["--library", library] }
        if isThorough { words.append("--thorough") }
        return words
    }

    /// What a person types to see the same again.
    func reproduction(check: String, seed: UInt64) -> String {
        var words = ["gantry check", bundle]
        if let library { words += ["--library", library] }
        words += ["--only", check, "--reproduce", String(seed)]
        if isThorough { words.append("--thorough") }
        if isSanitized { words.append("--sanitizer") }
        if isolation != .inProcess { words += ["--isolation", isolation.rawValue] }
        return words.joined(separator: " ")
    }
}
