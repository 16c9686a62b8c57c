import GantryLoader

/// The process of its own in which a library is tried before the host loads it: the same program, started with a
/// command that people do not need.
public enum LibraryTrial {
    /// Name of the command.
    public static let name = "probe-library"
    /// How this very program is started for it, whatever has become of its file meanwhile.
    static let command = ["/proc/self/exe", name]

    /// Tries the library that the arguments name, and ends the process.
    public static func run(_ arguments: [String]) -> Never { LibraryProbe.run(arguments) }
}
