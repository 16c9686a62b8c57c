// Stores blobs until it is killed, and tells each one that was acknowledged.
import GantryBlobs
import GantryCryptography
import GantryThreads
import Glibc

let store = BlobStore(folder: CommandLine.arguments[1], pool: ThreadPool(name: "store", threadCount: 1))
var round = 0
while true {
    let byte = UInt8(truncatingIfNeeded: round)
    let bytes = [UInt8](repeating: byte, count: 1000 + round * 37 % 50_000)
    let key = "key-\(round % 20)"
    let writer = try store.create(key, contentType: "text/plain")
    // In pieces, so that most kills find a blob half written.
    for start in stride(from: 0, to: bytes.count, by: 4096) {
        try bytes[start..<min(start + 4096, bytes.count)].withUnsafeBytes { try writer.append($0) }
    }
    let blob = try writer.commit()
    // Written at once: a line that is out was acknowledged, one that is not may have been.
    let line = Array("\(key) \(blob.size) \(blob.sha256.hexadecimal)\n".utf8)
    _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    round += 1
}
