import GantryCryptography
import GantryThreads
import TestCommands
import Testing

@testable import GantryBlobs

@Suite("Blobs")
struct BlobStoreTests {
    let folder = TemporaryFolder()
    let pool = ThreadPool(name: "store", threadCount: 1)

    private func store(_ name: String = "blobs", _ limits: BlobLimits = BlobLimits()) -> BlobStore {
        BlobStore(folder: "\(folder.path)/\(name)", pool: pool, limits: limits, clock: { 42 })
    }

    private func put(_ store: BlobStore, _ key: String, _ text: String) throws -> Blob {
        try Array(text.utf8).withUnsafeBytes { try store.put(key, contentType: "text/plain", $0) }
    }

    /// What kind of failure the body ends with.
    private func code(_ body: () throws -> Void) throws -> BlobError.Code? {
        do { try body() } catch let error as BlobError { return error.code }
        return nil
    }

    private func text(_ reader: BlobReader?, at offset: Int64 = 0, count: Int = 1000) throws -> String {
        let reader = try #require(reader)
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try reader.read(at: offset, into: $0) }
        return String(decoding: bytes[..<read], as: UTF8.self)
    }

    private func files(_ store: BlobStore, _ name: String) -> [String] {
        TestFiles.names(in: "\(store.folder.path)/\(name)")
    }

    @Test("A blob is stored with its description and read in parts")
    func whole() throws {
        let store = store()
        let blob = try put(store, "a/b", "hello world")
        #expect(blob.sha256 == Cryptography.sha256("hello world"))
        #expect(blob == (try store.describe("a/b")))
        #expect(blob.size == 11 && blob.createdAtMilliseconds == 42 && blob.contentType == "text/plain")
        #expect(try text(store.open("a/b")) == "hello world")
        #expect(try text(store.open("a/b"), at: 6, count: 3) == "wor")
        #expect(try text(store.open("a/b"), at: 11) == "")
        #expect(try text(store.open("a/b"), at: .max) == "")
        #expect(try text(store.open("a/b"), at: -1) == "")
        #expect(try store.open("none") == nil)
        #expect(files(store, "partial").isEmpty)
    }

    @Test("One that is replaced or removed stays readable to those who have it open, and its file goes")
    func replaced() throws {
        let store = store()
        _ = try put(store, "k", "old")
        let reader = try store.open("k")
        _ = try put(store, "k", "new")
        #expect(try text(reader) == "old")
        #expect(try text(store.open("k")) == "new")
        #expect(files(store, "content").flatMap { files(store, "content/\($0)") }.count == 1)
        #expect(try store.remove("k"))
        #expect(try !store.remove("k"))
        #expect(try store.describe("k") == nil)
        #expect(files(store, "content").flatMap { files(store, "content/\($0)") }.isEmpty)
    }

    @Test("Nothing is seen of a blob before its commit, and nothing is left of one that was discarded")
    func writer() throws {
        let store = store()
        let writer = try store.create("k", contentType: "")
        try Array("abc".utf8).withUnsafeBytes { try writer.append($0) }
        #expect(try store.describe("k") == nil)
        writer.discard()
        #expect(files(store, "partial").isEmpty)
        #expect(throws: BlobError.self) { try writer.commit() }
        #expect(throws: BlobError.self) { try writer.append(UnsafeRawBufferPointer(start: nil, count: 0)) }
        do { _ = try store.create("k", contentType: "") }
        #expect(files(store, "partial").isEmpty)
        #expect(try store.describe("k") == nil)
    }

    @Test(
        "No key leads out of the folder or to another blob",
        arguments: [
            "..", "../x", "/etc/passwd", "a/../../b", ".", "content", "index.db", "ä/日本", "%2e%2e", "a\\b", " ",
        ])
    func keys(key: String) throws {
        let store = store("alone")
        _ = try put(store, key, key)
        #expect(try text(store.open(key)) == key)
        #expect(try store.list(limit: 10).map(\.key) == [key])
        #expect(TestFiles.names(in: folder.path) == ["alone"])
        let names = ["content", "partial", "index.db", "index.db-wal", "index.db-shm"]
        #expect(Set(files(store, "")).subtracting(names).isEmpty)
    }

    @Test(
        "Keys that are none are refused",
        arguments: ["", "a\0b", "a\nb", "\u{85}", String(repeating: "k", count: 513)])
    func badKeys(key: String) throws {
        let store = store()
        #expect(throws: BlobError.self) { try put(store, key, "x") }
        #expect(throws: BlobError.self) { try store.open(key) }
    }

    @Test("Blobs are listed by prefix, in the order of bytes, page by page")
    func list() throws {
        let store = store()
        for key in ["b/2", "a", "b/10", "b", "b/é", "b/z", "c", "b0"] { _ = try put(store, key, key) }
        #expect(try store.list(limit: 100).map(\.key) == ["a", "b", "b/10", "b/2", "b/z", "b/é", "b0", "c"])
        #expect(try store.list(prefix: "b/", limit: 2).map(\.key) == ["b/10", "b/2"])
        #expect(try store.list(prefix: "b/", after: "b/2", limit: 9).map(\.key) == ["b/z", "b/é"])
        #expect(try store.list(prefix: "x", limit: 9).isEmpty)
        #expect(try store.list(after: "b0", limit: 9).map(\.key) == ["c"])
        #expect(try store.list(limit: 0).isEmpty)
    }

    @Test("Size, quota and number of writers are limited, and room comes back")
    func limits() throws {
        var limits = BlobLimits()
        (limits.maximumBlobBytes, limits.maximumTotalBytes, limits.maximumWriters) = (10, 15, 2)
        let store = store("limited", limits)
        #expect(try code { _ = try put(store, "a", "12345678901") } == .tooLarge)
        _ = try put(store, "a", "1234567890")
        #expect(try code { _ = try put(store, "b", "123456") } == .full)
        _ = try put(store, "b", "12345")
        _ = try put(store, "b", "54321")
        _ = try put(store, "a", "1234")
        _ = try put(store, "c", "123456")
        #expect(try code { _ = try put(store, "d", "1") } == .full)
        #expect(try store.remove("c"))
        _ = try put(store, "d", "123456")
        let writers = [try store.create("e", contentType: ""), try store.create("f", contentType: "")]
        #expect(try code { _ = try store.create("g", contentType: "") } == .busy)
        for writer in writers { writer.discard() }
        #expect(try store.create("g", contentType: "").commit().size == 0)
        #expect(files(store, "partial").isEmpty)
        #expect(try store.list(limit: 9).map(\.key) == ["a", "b", "d", "g"])
    }

    @Test("Two stores share nothing")
    func tenants() throws {
        let (first, second) = (store("first"), store("second"))
        _ = try put(first, "k", "one")
        #expect(try second.open("k") == nil)
        #expect(try second.list(limit: 9).isEmpty)
        #expect(try !second.remove("k"))
        #expect(try text(first.open("k")) == "one")
    }

    @Test("What was stored is there after the store is opened again; what was left behind is removed")
    func reopened() throws {
        let store = store()
        _ = try put(store, "kept", "kept")
        store.close()
        folder.write("half", to: "blobs/partial/0123456789abcdef0123456789abcdef")
        let again = self.store()
        #expect(try text(again.open("kept")) == "kept")
        #expect(files(again, "partial").isEmpty)
    }
}
