import GantryKit
import GantryKitTesting
import Testing

@Suite("Webhooks")
struct WebhookTests {
    private let module: ModuleUnderTest
    private let url = "https://hooks.example.com/a"

    init() throws {
        module = try ModuleUnderTest()
    }

    private func create(_ events: String = #""session.analyzed""#) throws -> JSONDocument {
        try module.json("createWebhook", #"{"url":"\#(url)","events":[\#(events)]}"#)
    }

    @Test("One is made with a secret, read without it, and hears of what is published while it is on")
    func life() throws {
        let made = try create()
        let id = try #require(made["id"])
        #expect(made["enabled"] == "true")
        #expect(made["secret"]?.hasPrefix("whsec_") == true)
        #expect(made["description"] == "null")
        #expect(made["disabledAt"] == "null")
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        var read = try module.json("getWebhook", path: [id])
        #expect(read["secret"] == nil)
        #expect(read["recentDeliveries.0.eventType"] == "session.analyzed")
        #expect(read["recentDeliveries.0.status"] == "pending")
        #expect(read["recentDeliveries.0.httpStatus"] == "null")
        #expect(read["recentDeliveries.0.completedAt"] == "null")
        module.now += 1000
        let off = try module.json("updateWebhook", path: [id], #"{"enabled":false,"description":"night"}"#)
        #expect(off["enabled"] == "false")
        #expect(off["disabledAt"] == off["updatedAt"])
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.falling()))
        read = try module.json("getWebhook", path: [id])
        #expect(read["recentDeliveries.1.eventType"] == nil)
        let on = try module.json("updateWebhook", path: [id], #"{"enabled":true,"description":null}"#)
        #expect(on["description"] == "null")
        #expect(on["disabledAt"] == "null")
        let rotated = try module.json("rotateWebhookSecret", path: [id])
        #expect(rotated["secret"] != made["secret"])
        _ = try module.json("testWebhook", path: [id])
        read = try module.json("getWebhook", path: [id])
        #expect(read["recentDeliveries.0.eventType"] == "webhook.test")
        let page = try module.json("listWebhooks")
        #expect(page["content.0.id"] == id)
        #expect(page["content.0.secret"] == nil)
        #expect(page["pagination.size"] == "20")
    }

    @Test("The twenty-first is refused, and so is a URL that leads inside")
    func refusals() throws {
        for _ in 0..<20 { _ = try create() }
        let refused = try module.send("createWebhook", #"{"url":"\#(url)","events":["batch.completed"]}"#)
        #expect(refused.status == 409)
        #expect(refused.reason == "webhook_limit_reached")
        let body = #"{"url":"https://127.0.0.1/","events":["batch.completed"]}"#
        #expect(try module.send("createWebhook", body).findings.map(\.code) == ["url_not_allowed"])
        for operation in ["getWebhook", "updateWebhook", "deleteWebhook", "rotateWebhookSecret", "testWebhook"] {
            let answer = try module.send(operation, path: ["none"], operation == "updateWebhook" ? "{}" : nil)
            #expect(answer.status == 404)
            #expect(answer.reason == "not_found")
        }
    }
}
