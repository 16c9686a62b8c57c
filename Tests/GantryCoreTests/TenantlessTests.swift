import GantryCore
import Testing

@Suite("People without a tenant, in the settings")
struct TenantlessTests {
    @Test("A route's own word excuses from its role, the manifest's does not")
    func routes() throws {
        var text = goodManifest.replacing("role: public}", with: "role: admin, tenantless: true}")
        var routes = try Manifest(yaml: text, file: "module.yaml").routes
        #expect(routes.map(\.admitsTenantless) == [true, false])
        #expect(routes.map(\.excusesTenantless) == [true, false])
        text = goodManifest.replacing("role: public}", with: "role: admin, tenantless: false}") + "\ntenantless: true"
        routes = try Manifest(yaml: text, file: "module.yaml").routes
        #expect(routes.map(\.admitsTenantless) == [false, true])
        #expect(routes.map(\.excusesTenantless) == [false, false])
    }

    @Test("The deployment says what a tenant gets that a user makes")
    func provisioning() throws {
        #expect(try Deployment(yaml: "{}", file: "d.yaml").provisioned == nil)
        let deployment = try Deployment(
            yaml: "provisioning: {modules: {guestbook: {mount: /books, limits: {writes: 1/day}}, tally: }}",
            file: "d.yaml")
        let modules = try #require(deployment.provisioned)
        #expect(modules.map(\.id) == ["guestbook", "tally"] && modules[0].mount == "/books")
        #expect(modules[0].limits["writes"] == RateLimit(count: 1, periodSeconds: 86400))
        for fault in [
            Fault("provisioning: {}", line: 1, field: "provisioning", says: "The setting `modules` is missing."),
            Fault("provisioning: {tenants: 1}", line: 1, field: "provisioning.tenants", says: "no setting `tenants`"),
        ] {
            fault.expect { _ = try Deployment(yaml: fault.text, file: "the-file.yaml") }
        }
    }
}
