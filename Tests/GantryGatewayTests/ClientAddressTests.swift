import GantryCore
import Testing

@testable import GantryGateway

@Suite("The client's address")
struct ClientAddressTests {
    private static let proxies = ["10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) }

    @Test(
        "It is the rightmost entry that is no trusted proxy's",
        arguments: [
            ("203.0.113.9", "203.0.113.9"),
            ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
            ("6.6.6.6,203.0.113.9 , 10.1.2.3", "203.0.113.9"),
            ("2001:db8::1, fd00::2", "2001:db8::1"),
            ("203.0.113.9:5123", "203.0.113.9"),
            ("[2001:db8::1]:5123", "2001:db8::1"),
            ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("6.6.6.6, nonsense, 10.0.0.2", "10.0.0.2"),
        ])
    func rightmost(header: String, expected: String) {
        #expect(ClientAddress(forwardedFor: header, trusting: Self.proxies)?.text == expected)
    }

    @Test("Where the nearest entry is no address nothing is believed", arguments: ["", "nonsense", "6.6.6.6, unknown"])
    func unreadable(header: String) {
        #expect(ClientAddress(forwardedFor: header, trusting: Self.proxies) == nil)
    }

    @Test("A peer that is not trusted is not believed, one that is is")
    func trust() {
        let stranger = ConnectionState(remoteAddress: "203.0.113.1", trustedProxies: Self.proxies)
        #expect(stranger.client("6.6.6.6", trusting: Self.proxies).text == "203.0.113.1")
        let proxy = ConnectionState(remoteAddress: "::ffff:10.1.1.1", trustedProxies: Self.proxies)
        #expect(proxy.client(nil, trusting: Self.proxies).text == "10.1.1.1")
        let first = proxy.clientSerial
        #expect(proxy.client("6.6.6.6", trusting: Self.proxies).text == "6.6.6.6")
        #expect(proxy.client("6.6.6.6", trusting: Self.proxies).subject == "a:6.6.6.6")
        #expect(proxy.clientSerial == first + 1)
        #expect(proxy.client("7.7.7.7", trusting: Self.proxies).text == "7.7.7.7")
        #expect(proxy.clientSerial == first + 2)
        let direct = ConnectionState(remoteAddress: "10.1.1.1", trustedProxies: [])
        #expect(direct.client("6.6.6.6", trusting: []).text == "10.1.1.1")
    }

    @Test("Addresses of one IPv6 network are one subject")
    func networks() {
        #expect(ClientAddress(peer: "2001:db8::1").subject == ClientAddress(peer: "2001:db8::ffff:2").subject)
        #expect(ClientAddress(peer: "2001:db8::1").subject != ClientAddress(peer: "2001:db8:0:1::1").subject)
        #expect(ClientAddress(peer: "::ffff:192.0.2.1").subject == ClientAddress(peer: "192.0.2.1").subject)
    }
}
