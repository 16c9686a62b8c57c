import CGantry

/// One thing that is wrong with a request.
public struct Finding: Hashable, Sendable {
    /// The part of the request that is meant.
    public enum Location: UInt32, Sendable {
        /// The JSON of the body.
        case body = 0
        /// The query.
        case query = 1
        /// The headers.
        case header = 2
    }

    /// The part of the request that is meant.
    public let location: Location
    /// The place in it, dotted: `meterValues.3.timestamp`. Empty for the whole part.
    public let path: String
    /// The kind of fault, for programs.
    public let code: String
    /// The fault, for people.
    public let message: String

    /// A fault of the given kind at `path`.
    public init(_ path: String, code: String, _ message: String, in location: Location = .body) {
        self.location = location
        self.path = path
        self.code = code
        self.message = message
    }

    init(_ raw: gantry_finding_v1) {
        location = Location(rawValue: raw.location) ?? .body
        path = raw.path.string
        code = raw.code.string
        message = raw.message.string
    }

    /// Lends `findings` as the interface takes them.
    static func withRaw<Result>(
        _ findings: [Finding], _ body: (UnsafeBufferPointer<gantry_finding_v1>) -> Result
    ) -> Result {
        var arena = TextArena()
        let slices = findings.map { (arena.append($0.path), arena.append($0.code), arena.append($0.message)) }
        return arena.withBytes { bytes in
            let raw = zip(findings, slices).map { finding, slices in
                gantry_finding_v1(
                    location: finding.location.rawValue, reserved: 0, path: slices.0.text(in: bytes),
                    code: slices.1.text(in: bytes), message: slices.2.text(in: bytes))
            }
            return raw.withUnsafeBufferPointer(body)
        }
    }
}

/// Takes what a `check` handler finds; call it like a function, once for each finding.
///
/// ```swift
/// .check("createSession") { module, request, report in
///     report("meterValues.3.unit", code: "unit_mismatch", "Power is not measured in kWh.")
/// }
/// ```
public struct FindingReport: ~Copyable {
    /// What the contract check has found already.
    public let known: [Finding]
    private let report: gantry_finding_fn_v1
    private let context: UnsafeMutableRawPointer?

    init(known: [Finding], report: gantry_finding_fn_v1, context: UnsafeMutableRawPointer?) {
        self.known = known
        self.report = report
        self.context = context
    }

    /// Reports a fault of the given kind at `path`.
    public func callAsFunction(
        _ path: String, code: String, _ message: String, in location: Finding.Location = .body
    ) {
        callAsFunction(Finding(path, code: code, message, in: location))
    }

    /// Reports `finding`.
    public func callAsFunction(_ finding: Finding) {
        Finding.withRaw([finding]) { raw in
            // The host merges what it is given; it has no answer that would change what a check does next.
            _ = report(context, raw.baseAddress)
        }
    }
}
