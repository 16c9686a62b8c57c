import GantryCore

/// Whom an upgrade moves, and what it makes of what it sees, in the words of the command.
struct UpgradeSettings: Sendable, Equatable {
    /// The tenant that is moved first; nil for the first of all.
    var canary: String?
    /// The tenants that are moved; nil for all that have the module enabled.
    var tenants: [String]?
    /// How long the new generation of each tenant is watched before the next tenant's turn.
    var watchMilliseconds: Int64 = 30_000
    /// So many answers the first tenant's new generation must have given in that time before the next one's turn.
    var minimumRequests: UInt64 = 0
    /// By how much the part of answers of 500 and more may exceed that of the old generation.
    var maximumErrorRate = 0.02
    /// By how much longer than the old generation's the 95th of a hundred answers may take.
    var latencyFactor = 3.0
    /// How long calls, streams and sockets of the old generation may go on.
    var drainMilliseconds: Int64 = 30_000
    /// Whether an older version may take the place of a newer one.
    var allowsDowngrade = false
    /// Whether migrations may take something away, after which there is no way back.
    var allowsDestructive = false

    init() {}

    /// From the arguments of a command, or what was kept of them. Throws `AdministrationError` naming what is wrong.
    init(_ arguments: [String: String]) throws {
        canary = arguments["canary"].flatMap { $0.isEmpty ? nil : $0 }
        tenants = arguments["tenants"].flatMap { $0.isEmpty ? nil : $0.split(separator: ",").map(String.init) }
        watchMilliseconds = try Self.duration("watch", arguments) ?? watchMilliseconds
        drainMilliseconds = try Self.duration("drain", arguments) ?? drainMilliseconds
        minimumRequests = try Self.number("minimum-requests", arguments, 0...1_000_000_000).map { UInt64($0) } ?? 0
        maximumErrorRate = try Self.number("max-error-rate", arguments, 0...1) ?? maximumErrorRate
        latencyFactor = try Self.number("latency-factor", arguments, 1...1_000_000) ?? latencyFactor
        allowsDowngrade = arguments["allow-downgrade"] == "yes"
        allowsDestructive = arguments["allow-destructive"] == "yes"
    }

    /// As lines to be kept.
    var text: String {
        var lines = [
            "watch=\(DurationText.text(milliseconds: watchMilliseconds))",
            "drain=\(DurationText.text(milliseconds: drainMilliseconds))", "max-error-rate=\(maximumErrorRate)",
            "latency-factor=\(latencyFactor)", "minimum-requests=\(minimumRequests)",
        ]
        if let canary { lines.append("canary=\(canary)") }
        if let tenants { lines.append("tenants=\(tenants.joined(separator: ","))") }
        if allowsDowngrade { lines.append("allow-downgrade=yes") }
        if allowsDestructive { lines.append("allow-destructive=yes") }
        return lines.joined(separator: "\n")
    }

    /// From what `text` gave.
    init(text: String) throws {
        var arguments: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { arguments[String(parts[0])] = String(parts[1]) }
        }
        try self.init(arguments)
    }

    /// The tenants in the order of their moves.
    func order(of enabled: [String]) throws -> [String] {
        let chosen = tenants ?? enabled
        if let stranger = (chosen + (canary.map { [$0] } ?? [])).first(where: { !enabled.contains($0) }) {
            throw AdministrationError(
                code: "not_found", message: "The module is not enabled for a tenant `\(stranger)`.")
        }
        return (canary.map { [$0] } ?? []) + chosen.filter { $0 != canary }
    }

    private static func duration(_ name: String, _ arguments: [String: String]) throws -> Int64? {
        guard let text = arguments[name], !text.isEmpty else { return nil }
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw AdministrationError(code: "invalid", message: "`--\(name)` is a time such as 30s, not `\(text)`.")
        }
        return milliseconds
    }

    private static func number(
        _ name: String, _ arguments: [String: String], _ range: ClosedRange<Double>
    ) throws -> Double? {
        guard let text = arguments[name], !text.isEmpty else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw AdministrationError(
                code: "invalid",
                message: "`--\(name)` is a number from \(range.lowerBound) to \(range.upperBound), not `\(text)`.")
        }
        return number
    }
}

/// Says when a new generation is worse than the old one was. Pure.
struct UpgradeWatch: Sendable {
    /// So many failures are needed before their rate says anything.
    static let leastFailures: UInt64 = 3
    /// So many answers are needed before their latency says anything.
    static let leastAnswers: UInt64 = 20
    /// Below this nothing is slow, whatever it is compared with.
    static let unremarkableNanoseconds: Int64 = 20_000_000
    static let quantile = 0.95

    let settings: UpgradeSettings
    /// What the old generation's requests came to.
    let baseline: GenerationTally.Reading

    /// Why too little was seen of the first tenant's new generation for the others to follow; nil when it was enough.
    func shortage(of reading: GenerationTally.Reading) -> String? {
        guard reading.answers < settings.minimumRequests else { return nil }
        return "only \(reading.answers) of \(settings.minimumRequests) requests that were asked for were answered in "
            + DurationText.text(milliseconds: settings.watchMilliseconds)
    }

    /// What was seen, for the operator: that nothing was seen is no praise.
    static func summary(of reading: GenerationTally.Reading) -> String {
        if reading.answers == 0 { return "no request came while it was watched, so nothing speaks for it either" }
        return "\(reading.answers) answers, \(reading.failures) of them errors of the server"
    }

    /// Why the new generation must not go on; nil while nothing speaks against it.
    func objection(to reading: GenerationTally.Reading) -> String? {
        let allowed = baseline.failureRate + settings.maximumErrorRate
        if reading.failures >= Self.leastFailures, reading.failureRate > allowed {
            return "\(reading.failures) of \(reading.answers) answers were errors of the server, "
                + "\(Self.percent(reading.failureRate)); at most \(Self.percent(allowed)) are allowed"
        }
        guard reading.answers >= Self.leastAnswers, baseline.answers >= Self.leastAnswers,
            let present = reading.nanoseconds(atQuantile: Self.quantile),
            let former = baseline.nanoseconds(atQuantile: Self.quantile), present > Self.unremarkableNanoseconds,
            Double(present) > Double(former) * settings.latencyFactor
        else { return nil }
        return "95 of 100 answers took up to \(present / 1_000_000) ms, with the old version up to "
            + "\(max(1, former / 1_000_000)) ms; at most \(settings.latencyFactor) times as long is allowed"
    }

    private static func percent(_ rate: Double) -> String {
        let tenths = Int((rate * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
