import GantryKit

/// A model that all tenants share. It is the rules as published, so it has no parameters of its own.
struct BaseModel {
    /// Its identifier.
    let modelId: String
    /// Its name.
    let name: String
    /// What it judges.
    let type: ModelType
    /// Its version; models tuned from it count the last part on.
    let version: (major: Int, minor: Int)
    /// What it does, for people.
    let description: String
    /// Quality figures as `make quality` measures them, of stations on those that nothing was fitted to.
    let metrics: [(name: StaticString, value: Double)]

    /// All base models, newest first.
    static let all = [session, station]

    /// Judges sessions.
    static let session = BaseModel(
        modelId: "base-csar-2", name: "Session pipeline", type: .session, version: (2, 1),
        description: "Judges the meter values of one session by the rules of all sixteen categories.",
        metrics: [("precision", 0.9999), ("recall", 0.9995), ("f1", 0.9997), ("flagRate", 0.0005)])

    /// Judges stations.
    static let station = BaseModel(
        modelId: "base-shade", name: "Station detector", type: .station, version: (1, 0),
        description:
            "Judges a station's days by seven kinds of evidence, each as its chance among the station's own days.",
        metrics: [
            ("aucPr", 0.524), ("precision", 0.623), ("recall", 0.488), ("f1", 0.548), ("flagRate", 0.019),
        ])

    /// When the base models were made: 2026-11-01T00:00:00Z, in milliseconds since 1970.
    static let createdAt: Int64 = 1_793_491_200_000

    /// The base model of an identifier; nil when there is none.
    static func find(_ modelId: String) -> BaseModel? {
        all.first { $0.modelId == modelId }
    }

    /// The version in dotted form.
    var versionText: String { "\(version.major).\(version.minor).0" }

    /// The version of the tenant's model with this number.
    func version(tuned number: Int64) -> String { "\(version.major).\(version.minor).\(number)" }

    /// Writes it as the contract's `ModelDetail`, or without the details as `Model`.
    func write(to writer: inout JSONWriter, inDetail: Bool) {
        writer.beginObject()
        writer.key("id")
        writer.string(modelId)
        writer.key("name")
        writer.string(name)
        writer.key("type")
        writer.string(type.rawValue)
        writer.key("version")
        writer.string(versionText)
        writer.key("isBase")
        writer.bool(true)
        writer.key("baseModel")
        writer.null()
        writer.key("metrics")
        writer.raw(ModelParameters.metrics(metrics))
        writer.key("status")
        writer.string("active")
        writer.key("createdAt")
        writer.timestamp(milliseconds: Self.createdAt)
        if inDetail {
            writer.key("s3Path")
            writer.null()
            writer.key("description")
            writer.string(description)
        }
        writer.endObject()
    }
}
