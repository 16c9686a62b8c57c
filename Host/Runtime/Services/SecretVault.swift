import GantryCryptography
import GantryLoader
import GantryThreads

/// The secrets that the operator gives modules: in `host.db`, encrypted under a key that lies in a file. Any thread.
final class SecretVault: Sendable {
    private struct Scope: Hashable {
        var tenant: String
        var module: String
    }

    private struct State {
        var values: [Scope: [String: String]] = [:]
        /// Grows with every change, so that what was read before it is not remembered after it.
        var generation = 0
    }

    static let maximumValueBytes = 64 << 10
    private static let checkName = "secret_key_check"
    private static let fileName = "secret_key_file"

    private let directory: HostDirectory
    private let access: Result<SealingKey, HostError>
    private let state = Lock(State())

    /// Opens the vault. A key that cannot be used is reported when something needs it: the host and the modules without
    /// secrets go on.
    /// - Parameter keyFile: Where the key lies; nil for where it lay last, at first in the data folder.
    init(directory: HostDirectory, folder: DataFolder, keyFile: String? = nil) throws {
        self.directory = directory
        if let keyFile { try directory.setSetting(Self.fileName, keyFile) }
        let path = try directory.setting(Self.fileName) ?? "\(folder.path)/secret.key"
        let hasSecrets = try directory.hasSecrets()
        do {
            let key = try SecretKeyFile.key(path, mayMake: !hasSecrets)
            access = try Self.checked(key, directory, hasSecrets: hasSecrets, path)
        } catch let error as HostError {
            access = .failure(error)
        }
    }

    /// The key. Throws `HostError` when there is none that can be used.
    var key: SealingKey { get throws { try access.get() } }

    /// A secret; nil when it has no value. Throws `HostError` or `StoreError`.
    func value(_ name: String, tenant: String, module: String) throws -> String? {
        let scope = Scope(tenant: tenant, module: module)
        let (known, generation) = state.withLock { ($0.values[scope], $0.generation) }
        if let known { return known[name] }
        let key = try key
        var values: [String: String] = [:]
        for (name, sealed) in try directory.secrets(tenant: tenant, module: module) {
            guard let bytes = key.open(sealed, context: Self.context(name, scope)) else {
                throw HostError(
                    .store, "The secret `\(name)` of `\(module)` for tenant `\(tenant)` is damaged; set it anew.")
            }
            values[name] = String(decoding: bytes, as: UTF8.self)
        }
        let found = values
        state.withLock { state in
            if state.generation == generation { state.values[scope] = found }
        }
        return found[name]
    }

    /// Gives a secret a value, durably; who reads it next gets that.
    func set(_ name: String, _ value: String, tenant: String, module: String, atMilliseconds time: Int64) throws {
        let scope = Scope(tenant: tenant, module: module)
        let sealed = try key.seal(Array(value.utf8), context: Self.context(name, scope))
        try directory.setSecret(name, sealed, tenant: tenant, module: module, atMilliseconds: time)
        forget(scope)
    }

    /// Takes a secret's value away; false when it had none.
    func unset(_ name: String, tenant: String, module: String) throws -> Bool {
        let wasSet = try directory.removeSecret(name, tenant: tenant, module: module)
        forget(Scope(tenant: tenant, module: module))
        return wasSet
    }

    private func forget(_ scope: Scope) {
        state.withLock { state in
            state.values[scope] = nil
            state.generation += 1
        }
    }

    /// Whether it is the key that the secrets were kept under.
    private static func checked(
        _ key: SealingKey, _ directory: HostDirectory, hasSecrets: Bool, _ path: String
    ) throws -> Result<SealingKey, HostError> {
        if let kept = try directory.setting(checkName).flatMap({ Hexadecimal.bytes($0) }),
            key.open(kept, context: checkName) != nil
        {
            return .success(key)
        }
        guard !hasSecrets else {
            return .failure(
                HostError(.dataFolder, "The key in `\(path)` is not the one that the secrets were kept under."))
        }
        try directory.setSetting(checkName, Hexadecimal.text(key.seal([], context: checkName)))
        return .success(key)
    }

    /// A row that is put in another's place is not opened.
    private static func context(_ name: String, _ scope: Scope) -> String {
        "secret \(scope.tenant) \(scope.module) \(name)"
    }
}
