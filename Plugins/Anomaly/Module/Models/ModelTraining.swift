import AnomalyDetection

/// Trains a model of either type and writes down what came of it.
enum ModelTraining {
    /// A trained model as it is stored.
    struct Outcome {
        /// Quality figures as a JSON object.
        var metrics: [UInt8]
        /// What the training set, as a JSON object.
        var parameters: [UInt8]
    }

    /// Trains; nil when it was cancelled.
    /// - Parameter installation: What the operator configured.
    static func run(
        _ type: ModelType, _ settings: TuningSettings, _ installation: DetectionConfiguration.Installation,
        _ sessions: [TrainingSession], _ isCancelled: () -> Bool
    ) -> Outcome? {
        switch type {
        case .session:
            var base = DetectionConfiguration()
            base.installation = installation
            let model = ModelTuner(settings, base: base).tune(sessions.map(\.session), isCancelled: isCancelled)
            return model.map {
                Outcome(
                    metrics: ModelParameters.metrics($0.metrics), parameters: ModelParameters.json($0.configuration))
            }
        case .station:
            let model = StationTuner(settings).tune(histories(sessions), isCancelled: isCancelled)
            return model.map {
                Outcome(
                    metrics: ModelParameters.metrics($0.metrics), parameters: ModelParameters.json($0.configuration))
            }
        }
    }

    /// The energy of each station hour by hour, as far as the sessions tell, in the order of the stations' names.
    private static func histories(_ sessions: [TrainingSession]) -> [StationHistory] {
        var hours: [String: [Int: Double]] = [:]
        for session in sessions {
            let sample = session.session.sample
            DeliveredEnergy(readings: sample.readings, facts: sample.facts).spread { start, energy in
                hours[session.stationId, default: [:]][Int(start / 3_600_000), default: 0] += energy
            }
        }
        return hours.sorted { $0.key < $1.key }.compactMap { _, energies in
            guard let first = energies.keys.min(), let last = energies.keys.max() else { return nil }
            let firstDay = first / StationHistory.hoursOfDay
            let count = (last / StationHistory.hoursOfDay - firstDay + 1) * StationHistory.hoursOfDay
            var values = [Float](repeating: 0, count: count)
            for (hour, energy) in energies { values[hour - firstDay * StationHistory.hoursOfDay] = Float(energy) }
            return StationHistory(firstDay: firstDay, hourlyKilowattHours: values)
        }
    }
}
