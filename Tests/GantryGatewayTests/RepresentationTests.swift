import GantryCore
import RawHTTP
import Testing

@Suite("Answers by what the client has and accepts")
struct RepresentationTests {
    private static let long = "{\"text\":\"" + String(repeating: "abc ", count: 1000) + "\"}"
    private static let tag = #""one""#

    @Test(
        "A condition on the entity tag that the module gives is judged by the host",
        arguments: [
            (#"If-None-Match: "one""#, 304), (#"If-None-Match: W/"one""#, 304), (#"If-None-Match: "two", "one""#, 304),
            ("If-None-Match: *", 304), (#"If-None-Match: "two""#, 200), (#"If-None-Match: "on,e", "two""#, 200),
            (#"If-None-Match: one"#, 200), (#"If-Match: "one""#, 200), (#"If-Match: "two""#, 412),
            (#"If-Match: W/"one""#, 412), ("If-Match: *", 200),
            ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 304),
            ("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 200), ("If-Modified-Since: nonsense", 200),
            ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200),
            ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 412),
        ])
    func conditions(header: String, status: Int) throws {
        let module = AnsweringModule(headers: [
            "ETag": Self.tag, "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT", "Cache-Control": "max-age=5",
            "X-Own": "1",
        ])
        let harness = try module.harness()
        for method in ["GET", "HEAD"] {
            let answer = try harness.request(method, "/v1/open", [header])
            #expect(answer.status == status)
            if status == 304 {
                #expect(answer["etag"] == Self.tag)
                #expect(answer["cache-control"] == "max-age=5")
                #expect(answer["x-own"] == nil)
                #expect(answer["content-type"] == nil)
                #expect(answer["x-request-id"] != nil)
                #expect(answer.body.isEmpty)
            }
            if status == 412 && method == "GET" { #expect(answer.reason == "precondition_failed") }
        }
    }

    @Test("The tag decides where both are asked for; a condition on what is not said is no condition")
    func precedence() throws {
        let both = try AnsweringModule(headers: [
            "ETag": Self.tag, "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
        ]).harness()
        let old = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(try both.request("GET", "/v1/open", [#"If-None-Match: "two""#, old]).status == 200)
        #expect(
            try both.request(
                "GET", "/v1/open", [#"If-Match: "one""#, "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT"]
            ).status == 200)
        let silent = try AnsweringModule().harness()
        #expect(try silent.request("GET", "/v1/open", [#"If-None-Match: "one""#, old]).status == 200)
        #expect(try silent.request("GET", "/v1/open", [#"If-Match: "one""#]).status == 200)
        let missing = try AnsweringModule(status: 404, headers: ["ETag": Self.tag]).harness()
        #expect(try missing.request("GET", "/v1/open", ["If-None-Match: *"]).status == 404)
    }

    @Test("On wish the host tags answers that have no tag")
    func ownTags() throws {
        let harness = try AnsweringModule(body: Self.long).harness { $0.tagsAnswers = true }
        let first = try harness.request("GET", "/v1/open")
        let tag = try #require(first["etag"])
        #expect(tag.hasPrefix("W/\"") && first.status == 200)
        let again = try harness.request("GET", "/v1/open", ["If-None-Match: \(tag)"])
        #expect(again.status == 304)
        #expect(again["etag"] == tag)
        #expect(try AnsweringModule(body: Self.long).harness().request("GET", "/v1/open")["etag"] == nil)
    }

    @Test("A long answer is compressed for who accepts it, and all are told that it depends on that")
    func compression() throws {
        let harness = try AnsweringModule(body: Self.long).harness()
        let small = try harness.request("GET", "/v1/open", ["Accept-Encoding: br, gzip"])
        #expect(small["content-encoding"] == "gzip")
        #expect(small["vary"] == "Accept-Encoding")
        let length = try #require(small["content-length"].flatMap(Int.init))
        #expect(length < 200)
        #expect(try harness.request("HEAD", "/v1/open", ["Accept-Encoding: gzip"])["content-length"] == "\(length)")
        let plain = try harness.request("GET", "/v1/open")
        #expect(plain["content-encoding"] == nil)
        #expect(plain["vary"] == "Accept-Encoding")
        #expect(plain.body == Self.long)
    }

    @Test("A large one is compressed away from the event loop")
    func largeCompression() throws {
        let harness = try AnsweringModule(body: "[" + String(repeating: "1,", count: 100_000) + "1]").harness()
        let answer = try harness.request("GET", "/v1/open", ["Accept-Encoding: gzip"])
        #expect(answer.status == 200)
        #expect(answer["content-encoding"] == "gzip")
    }

    @Test(
        "What must or need not be compressed is not",
        arguments: [
            ("image/png", [:]), ("application/octet-stream", [:]), ("application/json", ["Content-Encoding": "br"]),
            ("application/json", ["Cache-Control": "private, no-transform"]),
            ("application/json", ["ETag": "\"strong\""]), ("application/json", ["Content-Range": "bytes 0-9/99"]),
        ] as [(String, [String: String])])
    func uncompressed(contentType: String, headers: [String: String]) throws {
        let harness = try AnsweringModule(contentType: contentType, headers: headers, body: Self.long).harness()
        let answer = try harness.request("GET", "/v1/open", ["Accept-Encoding: gzip"])
        #expect(answer["content-encoding"] == headers["Content-Encoding"])
        #expect(answer["etag"] == headers["ETag"])
        #expect(answer.body == Self.long)
    }

    @Test("A weak tag stands for both forms; a short answer and a deployment that says no are left alone")
    func limits() throws {
        let weak = try AnsweringModule(headers: ["ETag": "W/\"x\""], body: Self.long).harness()
        let answer = try weak.request("GET", "/v1/open", ["Accept-Encoding: gzip"])
        #expect(answer["content-encoding"] == "gzip")
        #expect(answer["etag"] == "W/\"x\"")
        let short = try AnsweringModule().harness().request("GET", "/v1/open", ["Accept-Encoding: gzip"])
        #expect(short["content-encoding"] == nil)
        #expect(short["vary"] == nil)
        let off = try AnsweringModule(body: Self.long).harness { $0.compresses = false }
        #expect(try off.request("GET", "/v1/open", ["Accept-Encoding: gzip"]).body == Self.long)
    }

    @Test("A body in a coding is refused, and the answer says what is taken")
    func requestCoding() throws {
        let harness = try GatewayHarness()
        let headers = [try harness.key(), "Content-Type: application/json"]
        let refused = try harness.request("POST", "/v1/items", headers + ["Content-Encoding: gzip"], body: "{}")
        #expect(refused.summary == "415 unsupported_content_coding")
        #expect(refused["accept-encoding"] == "identity")
        let plain = try harness.request(
            "POST", "/v1/items", headers + ["Content-Encoding: identity"], body: #"{"id":"a"}"#)
        #expect(plain.status == 200)
    }
}
