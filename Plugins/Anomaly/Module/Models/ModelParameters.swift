import AnomalyDetection
import GantryKit

/// How what a training sets is written down: a JSON object that names each figure. What is not named is as in the base
/// model, so that models stay usable when a later version of the module learns more.
enum ModelParameters {
    private typealias SessionPath = any WritableKeyPath<DetectionConfiguration, Double> & Sendable
    private typealias StationPath = any WritableKeyPath<StationConfiguration, Double> & Sendable

    private static let sessionFigures: [(name: StaticString, path: SessionPath)] = [
        ("severity.fall", \.severity.fall), ("severity.negative", \.severity.negative),
        ("severity.energy", \.severity.energy), ("severity.share", \.severity.share),
        ("severity.points", \.severity.points), ("severity.temperature", \.severity.temperature),
        ("electrical.imbalanceShare", \.electrical.imbalanceShare),
        ("electrical.voltageShare", \.electrical.voltageShare), ("electrical.temperature", \.electrical.temperature),
        ("electrical.temperatureBody", \.electrical.temperatureBody), ("confidence.slope", \.confidence.slope),
        ("confidence.excess", \.confidence.excess),
    ]

    private static let stationFigures: [(name: StaticString, path: StationPath)] = [
        ("sensitivity", \.sensitivity)
    ]

    /// What differs from the base model.
    static func json(_ configuration: DetectionConfiguration) -> [UInt8] {
        let base = DetectionConfiguration()
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        for figure in sessionFigures {
            let value = configuration[keyPath: figure.path]
            guard value != base[keyPath: figure.path] else { continue }
            writer.key(figure.name)
            writer.double(value)
        }
        for category in AnomalyCategory.allCases {
            let value = configuration.confidence.bias[Int(category.rawValue)]
            guard value != 0 else { continue }
            writer.key("confidence.\(category.wireName)")
            writer.double(value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// What differs from the base model.
    static func json(_ configuration: StationConfiguration) -> [UInt8] {
        let base = StationConfiguration()
        var writer = JSONWriter()
        writer.beginObject()
        for figure in stationFigures where configuration[keyPath: figure.path] != base[keyPath: figure.path] {
            writer.key(figure.name)
            writer.double(configuration[keyPath: figure.path])
        }
        writer.endObject()
        return writer.bytes
    }

    /// The configuration of a model of type `csar_2`.
    static func session(_ json: JSONValue) -> DetectionConfiguration {
        var configuration = DetectionConfiguration()
        for figure in sessionFigures {
            if let value = json["\(figure.name)"]?.double { configuration[keyPath: figure.path] = value }
        }
        for category in AnomalyCategory.allCases {
            guard let value = json["confidence.\(category.wireName)"]?.double else { continue }
            configuration.confidence.bias[Int(category.rawValue)] = value
        }
        return configuration
    }

    /// The configuration of a model of type `shade`.
    static func station(_ json: JSONValue) -> StationConfiguration {
        var configuration = StationConfiguration()
        for figure in stationFigures {
            if let value = json["\(figure.name)"]?.double { configuration[keyPath: figure.path] = value }
        }
        return configuration
    }

    /// Quality figures as a JSON object, rounded to four digits.
    static func metrics(_ metrics: [(name: StaticString, value: Double)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for metric in metrics {
            writer.key(metric.name)
            writer.double((metric.value * 10_000).rounded() / 10_000)
        }
        writer.endObject()
        return writer.bytes
    }
}
