import GantryCore
import Testing

@Suite("Roles")
struct RoleTests {
    @Test("ascend from public to superadmin")
    func ascend() {
        let roles: [Role] = [.public, .user, .admin, .superadmin]
        #expect(roles == roles.sorted())
        #expect(Set(roles).count == Role.allCases.count)
        for (lower, higher) in zip(roles, roles.dropFirst()) {
            #expect(lower < higher)
            #expect(!(higher < lower))
        }
    }
}
