import TestCommands

extension ChannelFuzz {
    /// The committed inputs of the target.
    static func corpus(_ target: ChannelFuzz) -> [[UInt8]] {
        let folder = "\(TestFiles.repository())/Tests/Fuzz/Corpus/\(target.rawValue)"
        return TestFiles.names(in: folder).compactMap { TestFiles.read("\(folder)/\($0)") }
    }
}
