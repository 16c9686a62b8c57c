import GantryBlobs
import GantryCryptography
import GantryThreads
import TestCommands
import Testing

@Suite("Blobs of a process that was killed")
struct BlobCrashTests {
    /// At some moments, and at every point where losing the process would hurt most.
    private static let points = [
        CrashPoint.afterBlobSync, .beforeBlobRename, .afterBlobRename, .beforeCommit, .afterCommit,
    ]
    private static let killers =
        (1...5).map { ["timeout", "-s", "KILL", "0.\($0 * 13)"] }
        + points.flatMap { point in
            [1, 2, 17].map { ["env", "GANTRY_CRASH_AT=\(point.rawValue):\($0)", "timeout", "60"] }
        }

    @Test("Every acknowledged blob is there whole, none is half, and nothing is left behind", arguments: killers)
    func killed(by killer: [String]) throws {
        let folder = TemporaryFolder()
        let blobs = "\(folder.path)/blobs"
        let outcome = Command.run(killer + [TestFiles.builtProgram("BlobCrasher"), blobs])
        #expect(outcome.status == 137)
        let store = BlobStore(folder: blobs, pool: ThreadPool(name: "store", threadCount: 1))
        let present = try store.list(limit: 1000)
        for blob in present {
            var bytes = [UInt8](repeating: 0, count: Int(blob.size) + 1)
            let count = try bytes.withUnsafeMutableBytes { try store.open(blob.key)?.read(at: 0, into: $0) }
            #expect(count == Int(blob.size))
            #expect(Cryptography.sha256(Array(bytes.dropLast())) == blob.sha256)
        }
        // The last acknowledged one of a key, or the one that was committed and not acknowledged any more.
        var acknowledged: [String: String] = [:]
        for line in outcome.output.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 3, parts[2].utf8.count == 64 { acknowledged[String(parts[0])] = String(parts[2]) }
        }
        let differing = acknowledged.filter { key, digest in
            present.first { $0.key == key }?.sha256.hexadecimal != digest
        }
        #expect(differing.count <= 1)
        #expect(Set(acknowledged.keys).isSubset(of: present.map(\.key)))
        #expect(TestFiles.names(in: "\(blobs)/partial").isEmpty)
        let fileCount = TestFiles.names(in: "\(blobs)/content")
            .reduce(0) { $0 + TestFiles.names(in: "\(blobs)/content/\($1)").count }
        #expect(fileCount == present.count)
        store.close()
    }
}
