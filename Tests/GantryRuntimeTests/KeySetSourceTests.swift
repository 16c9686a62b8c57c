import GantryCore
import GantryIdentity
import GantryOutbound
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Where an issuer publishes its keys")
struct KeySetSourceTests {
    @Test(
        "What `Cache-Control` says of an answer's age",
        arguments: [
            ("max-age=300", nil, 300), ("public, max-age=300, must-revalidate", nil, 300), ("Max-Age=\"60\"", nil, 60),
            ("max-age=300", "100", 200), ("max-age=300", "500", 0), ("max-age=300", "-5", 300), ("no-store", nil, 0),
            ("no-cache, max-age=300", nil, 0), ("max-age=soon", nil, 0), ("max-age=-1", nil, 0), ("private", nil, nil),
            ("s-maxage=300", nil, nil), ("", nil, nil),
        ] as [(String, String?, Int64?)])
    func age(control: String, age: String?, seconds: Int64?) {
        #expect(KeySetSource.maximumAge(control, ageText: age) == seconds)
    }

    private func source(_ url: String, _ pool: ThreadPool) throws -> KeySetSource {
        try KeySetSource(
            url: url, outbound: OutboundClient(), addresses: AddressGuard(), certificateFile: nil, pool: pool)
    }

    @Test("A URL without a plain host is refused", arguments: ["https://", "https://u@id/keys", "https://*.id/", "x"])
    func hosts(url: String) {
        let pool = ThreadPool(name: "test", threadCount: 1)
        defer { pool.stop() }
        #expect(throws: HostError.self) { try source(url, pool) }
    }

    @Test("A file is read away from the thread that asks, and what is missing is told")
    func files() throws {
        let pool = ThreadPool(name: "test", threadCount: 1)
        defer { pool.stop() }
        let folder = TemporaryFolder()
        _ = folder.write(#"{"keys":[]}"#, to: "keys.json")
        let answers = Monitor<[Result<IssuerKeys.Fetched, IdentityError>]>([])
        for name in ["keys.json", "missing.json"] {
            try source("file://\(folder.path)/\(name)", pool).fetch { result in
                answers.withLock { $0.append(result) }
                answers.signal()
            }
        }
        let all = try #require(answers.wait { $0.count == 2 ? $0 : nil })
        #expect(try all[0].get().bytes == Array(#"{"keys":[]}"#.utf8))
        #expect(throws: IdentityError.self) { try all[1].get() }
    }
}
