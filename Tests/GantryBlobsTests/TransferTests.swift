import GantryThreads
import Synchronization
import TestCommands
import Testing

@testable import GantryBlobs

@Suite("Transfers")
struct TransferTests {
    private final class Time: Sendable {
        let milliseconds = Atomic<Int64>(1_000_000)
    }

    private let folder = TemporaryFolder()
    private let pool = ThreadPool(name: "store", threadCount: 1)
    private let time = Time()

    private func store(_ limits: BlobLimits = BlobLimits()) -> BlobStore {
        let time = time
        return BlobStore(
            folder: "\(folder.path)/blobs", pool: pool, limits: limits,
            clock: { time.milliseconds.load(ordering: .relaxed) })
    }

    private func announcement(_ name: String = "file_1", size: Int64 = 5) -> TransferAnnouncement {
        TransferAnnouncement(
            name: name, key: "uploads/ada/\(name)", contentType: "text/plain", filename: "a.txt", size: size,
            keepSeconds: 60)
    }

    @discardableResult
    private func send(_ text: String, to store: BlobStore, _ name: String = "file_1") throws -> Bool {
        let transfer = try #require(try store.transfer(name))
        let writer = try store.receive(transfer)
        try Array(text.utf8).withUnsafeBytes { try writer.append($0) }
        return try store.arrive(name, writer)
    }

    private func code(_ body: () throws -> Void) throws -> BlobError.Code? {
        do { try body() } catch let error as BlobError { return error.code }
        return nil
    }

    private func fileCount(_ name: String) -> Int { TestFiles.names(in: "\(folder.path)/blobs/\(name)").count }

    @Test("What is announced and sent becomes a blob when it is completed, and once")
    func whole() throws {
        let store = store()
        try store.announce(announcement())
        #expect(try store.complete("file_1") == .missing)
        #expect(try send("hell", to: store))
        #expect(try store.complete("file_1") == .mismatch(size: 4))
        #expect(try store.complete("file_1") == .missing)
        #expect(try send("other", to: store))
        #expect(try send("hello", to: store))
        #expect(try store.describe("uploads/ada/file_1") == nil)
        for _ in 0..<2 { #expect(try store.complete("file_1") == .complete(size: 5)) }
        #expect(try store.describe("uploads/ada/file_1")?.size == 5)
        #expect(try send("again", to: store) == false)
        #expect(fileCount("partial") == 0)
    }

    @Test("Names and keys are taken once, and what cannot be is refused")
    func refused() throws {
        var limits = BlobLimits()
        limits.maximumBlobBytes = 10
        limits.maximumTotalBytes = 12
        let store = store(limits)
        try store.announce(announcement(size: 10))
        #expect(try code { try store.announce(announcement()) } == .taken)
        #expect(try code { try store.announce(announcement("../x")) } == .invalid)
        #expect(try code { try store.announce(announcement("file_2", size: 11)) } == .tooLarge)
        #expect(try code { try store.announce(announcement("file_2", size: 0)) } == .invalid)
        try send("0123456789", to: store)
        #expect(try code { try store.announce(announcement("file_2")) } == .full)
        // What has arrived counts although it is no blob yet, and no more once it is erased.
        #expect(try store.erase("file_1"))
        try store.announce(announcement("file_2"))
    }

    @Test("What is not completed in time is dropped with its bytes; a complete one stays")
    func stale() throws {
        let store = store()
        for name in ["file_1", "file_2"] {
            try store.announce(announcement(name))
            try send("hello", to: store, name)
        }
        #expect(try store.complete("file_2") == .complete(size: 5))
        time.milliseconds.add(60_000, ordering: .relaxed)
        #expect(try store.transfer("file_1") == nil)
        #expect(try store.complete("file_1") == nil)
        try store.announce(announcement("file_3"))
        #expect(fileCount("partial") == 0)
        #expect(try store.transfer("file_2")?.isComplete == true)
    }

    @Test("A withdrawn transfer takes and gives nothing, an erased one is gone with its blob")
    func ended() throws {
        let store = store()
        try store.announce(announcement())
        try send("hello", to: store)
        #expect(try store.complete("file_1") == .complete(size: 5))
        #expect(try store.withdraw("file_1"))
        #expect(try store.withdraw("file_1") == false)
        #expect(try store.transfer("file_1")?.isWithdrawn == true)
        #expect(try store.complete("file_1") == nil)
        #expect(try store.erase("file_1"))
        #expect(try store.erase("file_1") == false)
        #expect(try store.describe("uploads/ada/file_1") == nil)
        #expect(try store.erase("nothing") == false)
    }

    @Test("What was sent outlives the process, and what was being sent does not")
    func reopened() throws {
        let first = store()
        try first.announce(announcement())
        try send("hello", to: first)
        try first.announce(announcement("file_2"))
        folder.write("half", to: "blobs/partial/0123456789abcdef0123456789abcdef")
        first.close()
        let second = store()
        #expect(try second.complete("file_1") == .complete(size: 5))
        #expect(try second.complete("file_2") == .missing)
        #expect(fileCount("partial") == 0)
    }

    @Test("Signatures are those of the contract's examples")
    func signatures() {
        let secret = Array("test-only-file-secret".utf8)
        #expect(
            TransferSignature.upload(
                tenant: "org_harbor", name: "file_8sd1qk", expires: 1_772_362_800, size: 52114, secret: secret)
                == "4fb4c7a22c625aa0a6f641e17d70f165906b20921c9bf6949338786512fa95c7")
        #expect(
            TransferSignature.download(
                tenant: "org_harbor", name: "file_8sd1qk", expires: 1_772_362_800, secret: secret)
                == "e04b57cd06aa95b3a15858e614a5379d8fa5d190b2682d672ea1177f82459640")
    }
}
