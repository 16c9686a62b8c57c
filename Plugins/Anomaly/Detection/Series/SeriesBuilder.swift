/// Builds the series of totals of one measurand, adding up the phases of a moment where no totals were sent.
struct SeriesBuilder {
    private let choice: SeriesChoice?
    /// Conductors that must all have been read at a moment.
    private let required: UInt8
    private(set) var samples: [Sample] = []
    private var pending = Sample(time: .min, value: 0, isReconstructed: false)
    private var values = SIMD4<Double>()
    private var present: UInt8 = 0
    private var betweenPhases = SIMD4<Double>()
    private var presentBetweenPhases: UInt8 = 0

    init(_ role: SeriesRole, _ survey: SeriesSurvey) {
        choice = survey.choice(role)
        required = survey.conductors
        samples.reserveCapacity(survey.count(role, choice))
    }

    /// Takes a reading of the measurand; others than those of the series are passed over.
    @inline(__always)
    mutating func add(_ reading: Reading) {
        guard let choice, reading.location == choice.location else { return }
        guard let phase = reading.phase else {
            if !choice.sumsPhases { append(reading) }
            return
        }
        if choice.sumsPhases { add(reading, of: phase) }
    }

    /// Ends the series: the phases of the last moment are added up.
    consuming func finished() -> [Sample] {
        flush()
        return samples
    }

    private mutating func append(_ reading: Reading) {
        let sample = Sample(
            time: reading.timestampMilliseconds, value: reading.commonValue, isReconstructed: reading.isReconstructed)
        // Of two readings of one moment the later in the request counts.
        if let last = samples.indices.last, samples[last].time == sample.time {
            samples[last] = sample
        } else {
            samples.append(sample)
        }
    }

    private mutating func add(_ reading: Reading, of phase: Phase) {
        if reading.timestampMilliseconds != pending.time {
            flush()
            pending.time = reading.timestampMilliseconds
        }
        if let conductor = phase.conductor {
            values[conductor] = reading.commonValue
            present |= 1 << UInt8(conductor)
        } else if phase.isBetweenPhases {
            let slot = Int(phase.rawValue - Phase.l1ToL2.rawValue)
            betweenPhases[slot] = reading.commonValue
            presentBetweenPhases |= 1 << UInt8(slot)
        } else {
            return
        }
        pending.isReconstructed = pending.isReconstructed || reading.isReconstructed
    }

    private mutating func flush() {
        if present != 0, present & required == required {
            samples.append(Sample(time: pending.time, value: values.sum(), isReconstructed: pending.isReconstructed))
        } else if required == 0, presentBetweenPhases == 0b111 {
            let total = betweenPhases.sum()
            samples.append(Sample(time: pending.time, value: total, isReconstructed: pending.isReconstructed))
        }
        values = SIMD4()
        betweenPhases = SIMD4()
        present = 0
        presentBetweenPhases = 0
        pending.isReconstructed = false
    }
}
