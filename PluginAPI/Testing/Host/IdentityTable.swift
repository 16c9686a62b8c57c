import CGantry
import GantryKit

/// `gantry.identity`: the principal that the test set, and tokens in memory.
enum IdentityTable {
    static let table = gantry_identity_v1(
        principal: { call, onPrincipal, context in
            TestHost.with(call, "gantry.identity principal") { _, call in tell(call.principal, onPrincipal, context) }
        },
        mint: { call, order, onToken, context, error in
            TestHost.with(call, "gantry.identity mint", waits: true) { host, _ in
                guard let order = order?.pointee, order.lifetime_seconds >= 1, (1...256).contains(order.subject.size),
                    order.claims.size <= 4096
                else { return .invalid }
                let id = host.identifier()
                let text = "test.\(id)"
                let expires = host.threads.wallMilliseconds + order.lifetime_seconds * 1000
                let principal = TestPrincipal.token(
                    id, subject: order.subject.copy, role: order.role.copy, claims: order.claims.copy)
                let token = IssuedToken(id: id, kind: order.kind.copy, principal: principal, expires: expires)
                host.state.withLock { $0.tokens[text] = token }
                let memory = LentMemory()
                var raw = gantry_token_v1(id: memory.text(id), text: memory.text(text), expires_milliseconds: expires)
                return Status(rawValue: onToken?(context, &raw) ?? Status.invalid.rawValue)
            }
        },
        verify: { call, text, onPrincipal, context, _ in
            TestHost.with(call, "gantry.identity verify", waits: true) { host, _ in
                guard let token = host.state.withLock({ $0.tokens[text.copy] }),
                    token.expires > host.threads.wallMilliseconds
                else { return .denied }
                return tell(token.principal, onPrincipal, context)
            }
        },
        revoke: { call, id, _ in
            TestHost.with(call, "gantry.identity revoke", waits: true) { host, _ in
                revoke(host) { $0.id == id.copy } > 0 ? .ok : .end
            }
        },
        revoke_subject: { call, kind, subject, outCount, _ in
            TestHost.with(call, "gantry.identity revoke_subject", waits: true) { host, _ in
                let count = revoke(host) { $0.kind == kind.copy && $0.principal.subject == subject.copy }
                outCount?.pointee = UInt64(count)
                return .ok
            }
        })

    private static func revoke(_ host: TestHost, _ isMeant: (IssuedToken) -> Bool) -> Int {
        host.state.withLock { state in
            let before = state.tokens.count
            state.tokens = state.tokens.filter { !isMeant($0.value) }
            return before - state.tokens.count
        }
    }

    private static func tell(
        _ principal: TestPrincipal, _ onPrincipal: gantry_principal_fn_v1?, _ context: UnsafeMutableRawPointer?
    ) -> Status {
        let memory = LentMemory()
        var raw = principal.raw(in: memory)
        return Status(rawValue: onPrincipal?(context, &raw) ?? Status.invalid.rawValue)
    }
}
