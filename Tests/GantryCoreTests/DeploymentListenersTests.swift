import GantryCore
import Testing

@Suite("Listeners of a deployment")
struct DeploymentListenersTests {
    @Test("Each setting arrives where it belongs")
    func readsEverything() throws {
        let deployment = try Deployment(
            yaml: """
                listeners:
                  - address: '[::1]:8443'
                    tenant: north
                    tls: {certificate: chain.pem, key: /k.pem}
                    protocols: [h2]
                  - address: 0.0.0.0:0
                  - address: 0.0.0.0:0
                connections: {total: 5, per-address: 0, exempt: [10.0.0.0/8]}
                """, file: "d.yaml")
        let first = try #require(deployment.listeners.first)
        #expect(first.address == "[::1]:8443" && first.tenant == "north" && first.protocols == [.http2])
        #expect(first.tls?.certificate == "chain.pem" && first.tls?.key == "/k.pem")
        #expect(deployment.listeners[1].tls == nil && deployment.listeners[1].tenant == nil)
        #expect(deployment.listeners[1].protocols == [.http1, .http2])
        #expect(deployment.connections.total == 5 && deployment.connections.perAddress == 0)
        #expect(deployment.connections.exempt.count == 1)
    }

    @Test(
        "A fault is told with its line",
        arguments: [
            "listeners: [{address: nowhere}]", "listeners: [{address: ':80'}]", "listeners: [{address: 'a:65536'}]",
            "listeners: [{}]", "listeners: [{address: 'a:1', tls: {certificate: c}}]",
            "listeners: [{address: 'a:1', protocols: []}]", "listeners: [{address: 'a:1', protocols: [h3]}]",
            "listeners: [{address: 'a:1', tenant: 'a b'}]", "listeners: [{address: 'a:1'}, {address: 'a:1'}]",
            "listeners: [{address: '127.0.0.1:8000'}]", "connections: {total: 0}", "connections: {exempt: [x]}",
            "connections: {per-adress: 1}",
        ])
    func faults(_ text: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Deployment(yaml: "log: {level: info}\n\(text)\n", file: "d.yaml")
        }
        #expect(error.line == 2)
    }
}
