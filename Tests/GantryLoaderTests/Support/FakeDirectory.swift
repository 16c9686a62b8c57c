import GantryCore
import GantryLoader

/// A directory in which nothing is.
final class FakeDirectory: DirectoryPort {
    private static let refusal = PortOutcome(.failed, message: "This directory takes nothing.")

    func issueKey(_: KeyOrder, caller: Principal?) throws(PortOutcome) -> KeyListing { throw Self.refusal }
    func keys(caller: Principal?) throws(PortOutcome) -> [KeyListing] { [] }
    func revokeKey(id: String, caller: Principal?) throws(PortOutcome) -> Bool { false }
    func organization(caller: Principal?) throws(PortOutcome) -> OrganizationRecord? { nil }
    func setOrganization(
        _: OrganizationFields, caller: Principal?
    ) throws(PortOutcome) -> OrganizationRecord { throw Self.refusal }
    func members(caller: Principal?) throws(PortOutcome) -> [MemberRecord] { [] }
    func member(_: String, caller: Principal?) throws(PortOutcome) -> MemberRecord? { nil }
    func removeMember(_: String, caller: Principal?) throws(PortOutcome) -> Bool { false }
    func invitations(caller: Principal?) throws(PortOutcome) -> [InvitationRecord] { [] }
    func invite(_: InvitationOrder, caller: Principal?) throws(PortOutcome) -> InvitationRecord { throw Self.refusal }
    func withdrawInvitation(id: String, caller: Principal?) throws(PortOutcome) -> Bool { false }
    func acceptInvitation(_: String, caller: Principal?) throws(PortOutcome) -> MemberRecord? { nil }
}
