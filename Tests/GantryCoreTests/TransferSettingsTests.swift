import Testing

@testable import GantryCore

@Suite("Settings of transfers and blobs")
struct TransferSettingsTests {
    private func manifest(_ route: String, capabilities: String = "[blobs]") throws -> Manifest {
        try Manifest(
            yaml: """
                id: files
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: libfiles.so
                contract: openapi.yaml
                entry: concurrent
                capabilities: \(capabilities)
                routes:
                  - \(route)
                """, file: "module.yaml")
    }

    private func route(
        method: String = "PUT", path: String = "/f/{org_id}/{id}", more: String = "", direction: String = "upload"
    ) -> String {
        "{operation: put, method: \(method), path: '\(path)', execution: blocking, role: public\(more), "
            + "transfer: {direction: \(direction)}}"
    }

    @Test("An upload's body is as large as announced, a download has none, and the library knows of neither")
    func routes() throws {
        let upload = try manifest(route())
        #expect(upload.routes[0].streamsBody && upload.routes[0].maximumBodyBytes > 1 << 40)
        #expect(upload.handledOperations.isEmpty)
        #expect(upload.transferPath(.upload) == "/f/{org_id}/{id}")
        #expect(upload.transferPath(.download) == nil)
        let download = try manifest(route(method: "GET", direction: "download"))
        #expect(!download.routes[0].streamsBody && download.routes[0].maximumBodyBytes == 0)
        #expect(download.routes[0].transfer?.resource == "File")
    }

    @Test("A route that the host could not serve in the module's place is refused")
    func wrong() {
        let wrong = [
            route(method: "GET"), route(direction: "download"), route(path: "/f/{org_id}"), route(path: "/f/{id}/x"),
            route(path: "/f/{folder}/{id}"), route(more: ", check: true"), route(direction: "sideways"),
        ]
        for line in wrong {
            #expect(throws: ConfigurationError.self, Comment(rawValue: line)) { try manifest(line) }
        }
        #expect(throws: ConfigurationError.self) { try manifest(route(), capabilities: "[database]") }
    }

    @Test("The environment outranks the file, and what makes no sense is refused by name")
    func blobs() throws {
        let said = try Deployment(
            yaml: """
                blobs:
                  driver: local
                  public-url: https://files.example/
                  total-bytes: 1000
                  s3: {endpoint: 'http://127.0.0.1:9000', bucket: a, prefix: x/, timeout: 5s, retries: 0}
                """, file: "d.yaml"
        ).blobs
        #expect(said.publicURL == "https://files.example" && said.totalBytes == 1000 && said.blobBytes == 5 << 30)
        #expect(said.bucket.timeoutMilliseconds == 5000 && said.bucket.retries == 0)
        let other = try said.with(environment: ["STORAGE_DRIVER": "s3", "S3_BUCKET": "b", "S3_REGION": ""])
        #expect(other.driver == .s3 && other.bucket.name == "b" && other.bucket.region == "us-east-1")
        for (name, value) in [("STORAGE_DRIVER", "ftp"), ("S3_ENDPOINT", "here"), ("STORAGE_PUBLIC_BASE_URL", "a/b")] {
            #expect(throws: UnreadableSetting.self) { try said.with(environment: [name: value]) }
        }
        for text in ["driver: ftp", "public-url: 'https://a/b?c'", "blob-bytes: 0", "s3: {prefix: a}", "extra: 1"] {
            #expect(throws: ConfigurationError.self) {
                try Deployment(yaml: "blobs: {\(text)}", file: "d.yaml")
            }
        }
    }

    @Test(
        "A body's name is told in ASCII and in RFC 5987's form",
        arguments: [
            ("a.txt", #"attachment; filename="a.txt"; filename*=UTF-8''a.txt"#),
            (
                "Pläne \"1\"/2.pdf",
                #"attachment; filename="Pl_ne _1__2.pdf"; filename*=UTF-8''Pl%C3%A4ne%20%221%22%2F2.pdf"#
            ),
            (
                "x\r\nSet-Cookie: a",
                "attachment; filename=\"x__Set-Cookie: a\"; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a"
            ),
        ])
    func disposition(name: String, header: String) {
        #expect(ContentDisposition.attachment(name) == header)
    }
}
