import Glibc

/// What the command is told.
struct CheckOptions {
    static let usage = """
        usage: gantry check <bundle folder> [--library file] [--only pattern] [--reproduce seed] [--thorough]
                            [--sanitizer] [--timeout seconds] [--json] [--list] [--in-process]
          Runs a module through every check, each in a process of its own, and says what to change.
          --library file     instead of the one that the bundle's manifest names
          --only pattern     only checks whose name fits, such as `life` or `cancel*`; --list names all
          --reproduce seed   makes the random parts do the same again
          --thorough         tries everything more often; takes minutes
          --sanitizer        for a library built with -fsanitize=address: loads the sanitizer's runtime before it
          --timeout seconds  for each check (60, with --thorough 600)
          --replay file      plays a recording of `gantry record` instead, and names what the build does otherwise
          --json             one JSON object instead of text
          --in-process       without a process of its own, for a debugger

        """

    var bundle = ""
    var library: String?
    var pattern: String?
    /// The recording that is played instead of the checks.
    var recording: String?
    var seed: UInt64?
    var timeoutSeconds = 60
    var isThorough = false
    var isSanitized = false
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
        return words.joined(separator: " ")
    }
}
