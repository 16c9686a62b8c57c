import Glibc

/// What the libraries of the system that a module needs offer, asked of the dynamic linker itself, so that the answer
/// is the one that loading the module would get.
struct LibrarySymbols: ~Copyable {
    private typealias VersionedLookup =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) ->
        UnsafeMutableRawPointer?
    /// `dlvsym`, which the C library declares only as an extension that its module does not show to Swift.
    private static let lookUpVersion = dlsym(nil, "dlvsym").map { unsafeBitCast($0, to: VersionedLookup.self) }

    /// Never closed: they are libraries of the system and of the Swift runtime, which stay.
    private let handles: [UnsafeMutableRawPointer]
    /// Those that this machine does not have.
    let missing: [String]

    /// Opens the libraries, which must come from the list of those that are allowed: their constructors run.
    init(_ names: [String]) {
        var handles: [UnsafeMutableRawPointer] = []
        var missing: [String] = []
        for name in names {
            if let handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL) {
                handles.append(handle)
            } else {
                missing.append(name)
            }
        }
        self.handles = handles
        self.missing = missing
    }

    /// Whether one of the libraries, or what it needs itself, has the symbol in the wanted version.
    func provide(_ symbol: ELFImage.Import) -> Bool {
        handles.contains { handle in
            if let version = symbol.version, let lookUp = Self.lookUpVersion {
                return lookUp(handle, symbol.name, version) != nil
            }
            return dlsym(handle, symbol.name) != nil
        }
    }

    /// Whether the process itself has the symbol, by its executable or a library that the host uses.
    static func processHas(_ name: String) -> Bool { dlsym(nil, name) != nil }

    /// Whether it belongs to the run time of the sanitizer that this host was built with, and the module for it. A
    /// release has none, and does not even ask.
    static func isOfSanitizer(_ name: String) -> Bool {
        #if DEBUG
            ["__asan_", "__tsan_", "__sanitizer_"].contains { name.hasPrefix($0) } && processHas(name)
        #else
            false
        #endif
    }
}
