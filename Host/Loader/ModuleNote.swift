/// The identity in a library's file; the layout is that of `gantry/note.h`.
struct ModuleNote: Equatable {
    /// What a library needs of its process.
    enum Runtime: UInt32 {
        case none = 0
        case shared = 1
        case hermetic = 2
    }

    var interface: ClosedRange<Int>
    var runtime: Runtime
    /// Version text of the compiler that built the note.
    var toolchain: String

    /// Reads the descriptor of the note; nil when it is of another layout or makes no sense.
    init?(descriptor: ArraySlice<UInt8>) {
        let reader = ByteReader(bytes: Array(descriptor))
        guard descriptor.count == 176, reader.unsigned(0, as: UInt32.self) == 1,
            let minimum = reader.unsigned(4, as: UInt32.self), let maximum = reader.unsigned(8, as: UInt32.self),
            minimum >= 1, minimum <= maximum,
            let runtime = reader.unsigned(12, as: UInt32.self).flatMap(Runtime.init(rawValue:)),
            let toolchain = reader.text(16)
        else { return nil }
        interface = Int(minimum)...Int(maximum)
        self.runtime = runtime
        self.toolchain = toolchain
    }
}
