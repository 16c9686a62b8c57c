import AnomalyDetection
import GantryKit

/// What `startFineTune` asks for, read from a body that has passed all checks, or from the stored configuration.
struct FineTuneInput {
    /// The model to start from.
    var baseModelId: String
    /// Name of the resulting model.
    var name: String
    /// Settings of the training, defaults filled in.
    var settings: TuningSettings
    /// Which sessions to learn from.
    var filter: SessionFilter
    /// The job's configuration as it is sent: the settings, and the data source as requested.
    var config: [UInt8]

    /// Reads the body of `startFineTune`.
    init(_ body: JSONValue) {
        baseModelId = body["baseModelId"]?.string ?? ""
        name = body["name"]?.string ?? ""
        settings = Self.settings(body["trainingConfig"])
        filter = SessionFilter(body["dataSource"]?["sessionFilter"])
        config = Self.config(settings, body["dataSource"])
    }

    /// Reads settings; what is missing or null takes its default.
    static func settings(_ json: JSONValue?) -> TuningSettings {
        var settings = TuningSettings()
        guard let json, json.kind == .object else { return settings }
        if let value = json["epochs"]?.int64 { settings.epochs = Int(value) }
        if let value = json["learningRate"]?.double { settings.learningRate = value }
        if let value = json["batchSize"]?.int64 { settings.batchSize = Int(value) }
        if let value = json["validationSplit"]?.double { settings.validationSplit = value }
        if let value = json["randomState"]?.int64 { settings.randomState = Int(value) }
        return settings
    }

    private static func config(_ settings: TuningSettings, _ source: JSONValue?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("epochs")
        writer.int(settings.epochs)
        writer.key("learningRate")
        writer.double(settings.learningRate)
        writer.key("batchSize")
        writer.int(settings.batchSize)
        writer.key("validationSplit")
        writer.double(settings.validationSplit)
        writer.key("randomState")
        writer.int(settings.randomState)
        writer.key("dataSource")
        if let source { writer.value(source) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    /// What the contract's schema cannot say about the body.
    static func check(_ body: JSONValue, report: (FieldFinding) -> Void) {
        guard let source = body["dataSource"], source.kind == .object else { return }
        let filter = source["sessionFilter"]
        if source["type"]?.stringEquals("upload") == true {
            report(
                FieldFinding(
                    "dataSource.type", code: "data_source_unsupported", "There is no way yet to hand over the data."))
            if let filter, !filter.isNull {
                report(
                    FieldFinding(
                        "dataSource.sessionFilter", code: "unknown_field", "Only with the data source sessions."))
            }
        }
        guard let filter, filter.kind == .object,
            let from = filter["dateFrom"]?.string.flatMap({ RFC3339.milliseconds($0) }),
            let to = filter["dateTo"]?.string.flatMap({ RFC3339.milliseconds($0) }), to <= from
        else { return }
        report(
            FieldFinding(
                "dataSource.sessionFilter.dateTo", code: "out_of_range", "Must be later than dateFrom."))
    }
}

extension SessionFilter {
    /// Reads the filter of a fine-tuning; null and a missing one let all sessions pass.
    init(_ json: JSONValue?) {
        let json = json.flatMap { $0.kind == .object ? $0 : nil }
        stationId = json?["chargingStationId"]?.string
        evseId = json?["evseId"]?.string
        isAnomaly = json?["isAnomaly"]?.bool
        leastScore = json?["minScore"]?.double
        leastConfidence = json?["minConfidence"]?.double
        from = json?["dateFrom"]?.string.flatMap { RFC3339.milliseconds($0) }
        to = json?["dateTo"]?.string.flatMap { RFC3339.milliseconds($0) }
    }
}
