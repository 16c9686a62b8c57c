/// A module's version as its parts are compared: numbers by their value, whatever else by its letters. What follows a
/// hyphen comes before the same version without it, as in Semantic Versioning.
struct ModuleVersion: Comparable {
    private let core: [Substring]
    private let prerelease: [Substring]

    init(_ text: String) {
        let named = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let parts = named.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        core = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        prerelease = parts.count > 1 ? parts[1].split(separator: ".", omittingEmptySubsequences: false) : []
    }

    static func < (left: ModuleVersion, right: ModuleVersion) -> Bool {
        if let order = order(left.core, right.core) { return order }
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        return order(left.prerelease, right.prerelease) ?? false
    }

    static func == (left: ModuleVersion, right: ModuleVersion) -> Bool { !(left < right) && !(right < left) }

    /// Whether the first comes first; nil when neither does.
    private static func order(_ left: [Substring], _ right: [Substring]) -> Bool? {
        for index in 0..<max(left.count, right.count) {
            guard index < left.count else { return true }
            guard index < right.count else { return false }
            let numbers = (UInt64(left[index]), UInt64(right[index]))
            switch numbers {
            case (let first?, let second?): if first != second { return first < second }
            // Numbers come before words.
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): if left[index] != right[index] { return left[index] < right[index] }
            }
        }
        return nil
    }
}
