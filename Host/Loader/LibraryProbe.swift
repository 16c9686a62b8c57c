import CGantry
import Glibc

/// The part of the loader that runs in a process of its own: it loads a library, enters it and asks for its description
/// before the host does, and tells what that did to the process. A library that hangs, crashes or leaves something
/// behind is so found without harm.
///
/// The command line is the library's path, then the names of the libraries that it needs. What was found goes to file
/// descriptor 3, one line each.
public enum LibraryProbe {
    /// Where the findings go.
    static let channel: Int32 = 3
    /// Begins the line that names a step before it is taken.
    static let step = "step "
    /// Begins the line of a change that was seen.
    static let change = "change "
    /// The last line of a probe that came to its end.
    static let end = "end"

    /// Probes and ends the process.
    public static func run(_ arguments: [String]) -> Never {
        guard let path = arguments.first else { exit(64) }
        // Ends it should its host, which waits less long, be gone.
        alarm(60)
        // What the needed libraries do when they are loaded is none of the module's doing.
        let symbols = LibrarySymbols(Array(arguments.dropFirst()))
        probe(path)
        _ = consume symbols
        write(end)
        _exit(0)
    }

    private static func probe(_ path: String) {
        var before = ProcessSnapshot()
        func look() {
            let now = ProcessSnapshot()
            for text in before.changes(to: now) { write(change + text) }
            before = now
        }
        write(step + "is loaded")
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
            let symbol = dlsym(library, "gantry_entry_v1")
        else { return }
        look()
        write(step + "runs its entry function")
        var module = gantry_module_v1()
        let entry = unsafeBitCast(symbol, to: gantry_entry_fn_v1.self)
        let status = entry(HostTables.entryHost.start, &module)
        look()
        guard status == ModuleStatus.ok.rawValue, let query = module.query else { return }
        write(step + "is asked for its tables and its description")
        var id = GANTRY_LIFECYCLE_ID
        var table: UnsafeRawPointer?
        let found = id.withUTF8 { query(module.module, gantry_str_v1(UnsafeRawBufferPointer($0)), 1, &table) }
        if found == ModuleStatus.ok.rawValue, let table {
            let lifecycle = table.load(as: gantry_lifecycle_v1.self)
            for _ in 0..<2 {
                var description: UnsafePointer<gantry_description_v1>?
                _ = lifecycle.describe?(module.module, &description)
            }
        }
        look()
    }

    private static func write(_ line: String) {
        var line = line.replacing("\n") + "\n"
        line.withUTF8 { bytes in _ = Glibc.write(channel, bytes.baseAddress, bytes.count) }
    }
}

extension String {
    /// On one line.
    fileprivate func replacing(_ separator: Character) -> String {
        split(separator: separator, omittingEmptySubsequences: false).joined(separator: " ")
    }
}
