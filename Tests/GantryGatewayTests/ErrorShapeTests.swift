import GantryCore
import RawHTTP
import Testing

@testable import GantryGateway

@Suite("Error shapes")
struct ErrorShapeTests {
    private func render(_ body: String, _ failure: Failure) throws -> String {
        var shape = ErrorShape.platform
        shape.body = body
        let template = try ErrorTemplate(shape, module: "m")
        return String(decoding: template.render(failure, requestID: Array("r".utf8), meta: nil), as: UTF8.self)
    }

    @Test("Each placeholder stands for a whole JSON value")
    func placeholders() throws {
        let failure = Failure(404, "gone_away", #"No "such" thing"#).with { $0.member("resource", "Thing") }
        let details = #"{"reason":"gone_away","resource":"Thing"}"#
        #expect(
            try render(#"{"e":[$code,$message,$details,$reason,$status,$request_id]}"#, failure)
                == #"{"e":["NOT_FOUND","No \"such\" thing",\#(details),"gone_away",404,"r"]}"#
        )
    }

    @Test("Details are an object with the reason, also when there is nothing else")
    func reasonAlone() throws {
        #expect(try render("$details", Failure(400, "x", "X.")) == #"{"reason":"x"}"#)
    }

    @Test("A shape that gives no JSON is refused, and the module named")
    func badShape() {
        let error = #expect(throws: GatewayError.self) { try render(#"{"e":$code"#, Failure(400, "x", "X.")) }
        #expect(error?.code == .errorShape)
        #expect(error?.message.contains("`m`") == true)
    }

    @Test("A status without code of its own gets that of its class")
    func codes() throws {
        #expect(try render("$code", Failure(418, "x", "X.")) == #""BAD_REQUEST""#)
        #expect(try render("$code", Failure(504, "x", "X.")) == #""INTERNAL_ERROR""#)
    }

    @Test("A module's shape is used for what the host answers on its routes")
    func ownShape() throws {
        let harness = try GatewayHarness { _ in
        } tenants: { module in
            [
                TenantEntry(
                    id: "default",
                    modules: [
                        try GatewayHarness.enabled(module) { manifest in
                            manifest.errors.body = #"{"problem":$reason,"status":$status}"#
                        }
                    ])
            ]
        }
        #expect(try harness.request("GET", "/v1/me").body == #"{"problem":"unauthenticated","status":401}"#)
        #expect(try harness.request("PATCH", "/v1/me").body == #"{"problem":"method_not_allowed","status":405}"#)
        #expect(try harness.request("GET", "/other").text("error", "code") == "NOT_FOUND")
    }
}
