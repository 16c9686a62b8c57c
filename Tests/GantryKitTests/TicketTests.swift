import Testing

@testable import GantryKit

@Suite("What the host is given instead of addresses")
struct TicketTests {
    private final class Thing: Sendable {}
    private final class Other: Sendable {}

    @Test("a ticket leads to its object until it is redeemed, and then nowhere")
    func once() {
        let thing = Thing()
        let ticket = Ticket.issue(thing)
        #expect(Ticket.object(ticket, as: Thing.self) === thing)
        #expect(Ticket.redeem(ticket, as: Thing.self) === thing)
        #expect(Ticket.redeem(ticket, as: Thing.self) == nil)
        #expect(Ticket.object(ticket, as: Thing.self) == nil)
    }

    @Test("the next ticket of the same place is another one")
    func generations() {
        let old = Ticket.issue(Thing())
        _ = Ticket.redeem(old, as: Thing.self)
        let tickets = (0..<100).map { _ in Ticket.issue(Thing()) }
        #expect(!tickets.contains(old) && Set(tickets).count == 100)
        #expect(Ticket.redeem(old, as: Thing.self) == nil)
        for ticket in tickets { #expect(Ticket.redeem(ticket, as: Thing.self) != nil) }
    }

    @Test("a ticket is good for what it was issued for only, and what is no ticket for nothing")
    func strangers() {
        let ticket = Ticket.issue(Thing())
        #expect(Ticket.redeem(ticket, as: Other.self) == nil)
        #expect(Ticket.redeem(ticket, as: Thing.self) != nil)
        #expect(Ticket.object(nil, as: Thing.self) == nil)
        for number: UInt in [1, .max, 1 << 32, 0xFFFF_FFFF, 0x1_FFFF_FFFF] {
            #expect(Ticket.redeem(UnsafeMutableRawPointer(bitPattern: number), as: Other.self) == nil)
        }
    }

    @Test("a list of the host's is as long as it says, or empty where that cannot be")
    func lists() {
        let bytes: [UInt8] = [1, 2, 3]
        bytes.withUnsafeBufferPointer { bytes in
            #expect(Array(UnsafeBufferPointer(lent: bytes.baseAddress, 3)) == [1, 2, 3])
            #expect(UnsafeBufferPointer(lent: bytes.baseAddress, .max).isEmpty)
            #expect(UnsafeBufferPointer(lent: bytes.baseAddress, 1 << 41).isEmpty)
            #expect(UnsafeBufferPointer<UInt8>(lent: nil, 3).isEmpty)
        }
    }
}
