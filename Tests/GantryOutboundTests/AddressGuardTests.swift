import GantryCore
import GantryOutbound
import Testing

@Suite("The address guard")
struct AddressGuardTests {
    @Test(
        "Addresses of the public Internet are let through",
        arguments: ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
    func open(text: String) throws {
        let address = try #require(InternetAddress(text))
        #expect(AddressGuard().refusal(of: address) == nil)
    }

    @Test(
        "Every other address is refused, in every form of writing it",
        arguments: [
            "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1",
            "240.0.0.1", "255.255.255.255", "192.88.99.1", "203.0.113.9", "::1", "::", "::127.0.0.1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
            "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
            "100::1", "4000::1",
        ])
    func refused(text: String) throws {
        let address = try #require(InternetAddress(text))
        #expect(AddressGuard().refusal(of: address) != nil)
    }

    @Test("The operator's ranges are let through, and nothing beside them")
    func allowed() throws {
        let ranges = try ["10.1.0.0/16", "::1"].map { try #require(AddressRange($0)) }
        let addressGuard = AddressGuard(allowing: ranges)
        #expect(try addressGuard.refusal(of: #require(InternetAddress("10.1.2.3"))) == nil)
        #expect(try addressGuard.refusal(of: #require(InternetAddress("::ffff:10.1.2.3"))) == nil)
        #expect(try addressGuard.refusal(of: #require(InternetAddress("10.2.0.1"))) == "private")
        #expect(try addressGuard.refusal(of: #require(InternetAddress("::1"))) == nil)
        #expect(try addressGuard.refusal(of: #require(InternetAddress("127.0.0.1"))) == "loopback")
    }

    @Test("What is no range is refused", arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "fd00::/129", "a/8", "10/8/8"])
    func nonsense(text: String) { #expect(AddressRange(text) == nil) }

    @Test("A range of no bits holds everything of its family")
    func everything() throws {
        let four = try #require(AddressRange("0.0.0.0/0"))
        #expect(try four.contains(#require(InternetAddress("203.0.113.1"))))
        #expect(try !four.contains(#require(InternetAddress("2001:db8::1"))))
        #expect(try #require(AddressRange("::/0")).contains(#require(InternetAddress("2001:db8::1"))))
    }
}
