import FilesModule
import GantryKit
import GantryKitTesting
import Testing

@Suite("Files")
struct FilesTests {
    private let host: TestHost
    private let ada = TestPrincipal.user("user_ada")
    private let eve = TestPrincipal.user("user_eve", role: "superadmin")

    init() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        host = try TestHost(FilesModule.self, bundle: "/\(source)/manifests/files")
        host.nowMilliseconds = 1_781_500_000_000
    }

    private func announce(
        _ name: String = "floor-plan.pdf", type: String = "application/pdf", size: Int = 5, as owner: TestPrincipal
    ) throws -> JSONDocument {
        let reply = try host.call(
            "createUploadUrl", json: #"{"filename":"\#(name)","content_type":"\#(type)","size":\#(size)}"#, as: owner)
        try #require(reply.status == 200)
        return try JSONDocument(reply.text)
    }

    private func text(_ document: JSONDocument, _ member: String) throws -> String {
        try #require(document.withRoot { $0[member]?.string })
    }

    private func upload(_ name: String = "floor-plan.pdf", as owner: TestPrincipal) throws -> String {
        let id = try text(try announce(name, as: owner), "file_id")
        host.upload(id, Array("hello".utf8))
        try #require(try confirm(id, as: owner).status == 200)
        return id
    }

    private func confirm(_ id: String, as owner: TestPrincipal) throws -> TestResponse {
        try host.call("confirmUpload", json: #"{"file_id":"\#(id)"}"#, as: owner)
    }

    private func names(as owner: TestPrincipal) throws -> [String] {
        try JSONDocument(try host.call("listFiles", as: owner).text).withRoot { root in
            root["items"]?.elements.compactMap { $0["filename"]?.string } ?? []
        }
    }

    @Test("An announcement names id, key and address, and is no file yet")
    func announcement() throws {
        let ticket = try announce("Pläne (1).pdf", as: ada)
        let id = try text(ticket, "file_id")
        #expect(id.hasPrefix("file_"))
        #expect(try text(ticket, "key") == "uploads/user_ada/\(id.dropFirst(5))/Pl_ne__1_.pdf")
        #expect(try text(ticket, "upload_url").contains(id))
        #expect(ticket.withRoot { $0["expires_in"]?.int64 } == 3600)
        #expect(try names(as: ada).isEmpty)
        #expect(try host.call("getDownloadUrl", parameters: [id], as: ada).status == 404)
        #expect(host.published.isEmpty)
    }

    @Test("Confirming makes the file, once; a second time returns it without another event")
    func confirmation() throws {
        let id = try upload("Pläne.pdf", as: ada)
        #expect(try confirm(id, as: ada).status == 200)
        #expect(host.published.map(\.type) == ["file.uploaded"])
        #expect(try names(as: ada) == ["Pläne.pdf"])
    }

    @Test("Bytes that did not come, or not as many as announced, are no file")
    func incomplete() throws {
        let id = try text(try announce(as: ada), "file_id")
        let missing = try confirm(id, as: ada)
        #expect(missing.status == 409)
        #expect(missing.reason == "object_missing")
        host.upload(id, Array("hell".utf8))
        let short = try confirm(id, as: ada)
        #expect(short.status == 409)
        #expect(short.text.contains(#""expected_size":5"#) && short.text.contains(#""actual_size":4"#))
        host.upload(id, Array("hello".utf8))
        #expect(try confirm(id, as: ada).status == 200)
    }

    @Test("Nobody else sees, confirms, fetches or removes a file")
    func foreign() throws {
        let open = try text(try announce(as: ada), "file_id")
        let id = try upload(as: ada)
        #expect(try confirm(open, as: eve).status == 404)
        #expect(try confirm(id, as: eve).status == 404)
        #expect(try host.call("getDownloadUrl", parameters: [id], as: eve).status == 404)
        #expect(try host.call("deleteFile", parameters: [id], as: eve).status == 404)
        #expect(try names(as: eve).isEmpty)
        #expect(try names(as: ada) == ["floor-plan.pdf"])
    }

    @Test("A removed file is gone at once, and its bytes with the job")
    func removal() throws {
        let id = try upload(as: ada)
        #expect(try host.call("getDownloadUrl", parameters: [id], as: ada).status == 200)
        #expect(try host.call("deleteFile", parameters: [id], as: ada).status == 204)
        #expect(host.transfers[id]?.isWithdrawn == true)
        #expect(try names(as: ada).isEmpty)
        #expect(try host.call("deleteFile", parameters: [id], as: ada).status == 404)
        try host.runJobs()
        #expect(host.transfers.isEmpty && host.blobs.isEmpty)
        #expect(host.published.map(\.type) == ["file.uploaded", "file.downloaded", "file.deleted"])
    }

    @Test("A size beyond the operator's is refused with the limit")
    func tooLarge() throws {
        let reply = try host.call(
            "createUploadUrl", json: #"{"filename":"a","content_type":"a/b","size":104857601}"#, as: ada)
        #expect(reply.status == 422)
        #expect(reply.text.contains(#""max_bytes":104857600"#) && reply.text.contains(#""field":"size""#))
    }

    @Test("Announcements of yesterday are dropped")
    func stale() throws {
        let id = try text(try announce(as: ada), "file_id")
        host.advance(by: .seconds(86_400))
        #expect(try confirm(id, as: ada).status == 404)
        #expect(try host.call("deleteFile", parameters: [id], as: ada).status == 404)
        try host.run(job: "sweep", data: Array("{}".utf8))
        #expect(host.transfers.isEmpty)
        #expect(try host.database.int("SELECT count(*) FROM files") == 0)
    }

    @Test("The files of somebody who is gone are removed")
    func personIsGone() throws {
        _ = try upload(as: ada)
        _ = try announce(as: ada)
        let kept = try upload(as: eve)
        try host.deliver("user.deleted", data: Array(#"{"user_id":"user_ada"}"#.utf8))
        try host.runJobs()
        #expect(Array(host.transfers.keys) == [kept])
        #expect(try names(as: ada).isEmpty)
    }

    @Test(
        "Where the storage is not set up or fails, the answer is 503 or 502",
        arguments: [(TransferFailure.notConfigured, 503), (.storage, 502)])
    func storage(failure: TransferFailure, status: Int) throws {
        host.transferFailure = failure
        let reply = try host.call("createUploadUrl", json: #"{"filename":"a","content_type":"a/b","size":1}"#, as: ada)
        #expect(reply.status == status)
        #expect(reply.text.contains(#""service":"storage""#))
    }
}
