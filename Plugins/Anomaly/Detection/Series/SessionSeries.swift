/// The readings of a session sorted into the series that the rules read.
struct SessionSeries {
    /// The register of imported active energy, in kWh.
    var register: [Sample]
    /// The register of exported active energy, in kWh.
    var exportRegister: [Sample]
    /// The imported active power, in kW.
    var power: [Sample]
    /// The exported active power, in kW.
    var exportPower: [Sample]
    /// The state of charge, in percent.
    var stateOfCharge: [Sample]
    /// The currents by moment.
    var currents: [CurrentMoment] = []
    /// The voltages of phases, in order of time.
    var voltages: [VoltageSample] = []
    /// All temperatures, in order of time.
    var temperatures: [TemperatureSample] = []
    /// Moments at which a reading says that energy flowed back.
    var exportMoments: [Int64] = []
    /// Highest power and current offered; nil where none was sent.
    var highestPowerOffered: Double?
    var highestCurrentOffered: Double?
    /// First moment, last moment and number of readings; of these the reconstructed ones.
    var start: Int64
    var end: Int64
    var readings: Int
    var reconstructed = 0

    /// Sorts readings into series.
    /// - Parameters:
    ///   - readings: The readings in order of time, not empty.
    ///   - survey: What was counted in them.
    init(_ readings: UnsafeBufferPointer<Reading>, _ survey: SeriesSurvey) {
        var register = SeriesBuilder(.register, survey)
        var exportRegister = SeriesBuilder(.exportRegister, survey)
        var power = SeriesBuilder(.power, survey)
        var exportPower = SeriesBuilder(.exportPower, survey)
        var stateOfCharge = SeriesBuilder(.stateOfCharge, survey)
        let currentChoice = survey.phaseChoice(.current)
        let voltageChoice = survey.phaseChoice(.voltage)
        self.readings = readings.count
        start = readings[0].timestampMilliseconds
        end = readings[readings.count - 1].timestampMilliseconds
        (self.register, self.exportRegister, self.power, self.exportPower, self.stateOfCharge) = ([], [], [], [], [])
        currents.reserveCapacity(survey.count(.current, currentChoice) / 2)
        voltages.reserveCapacity(survey.count(.voltage, voltageChoice))
        for reading in readings {
            if reading.isReconstructed { reconstructed += 1 }
            switch reading.measurand {
            case .energyActiveImportRegister: register.add(reading)
            case .energyActiveExportRegister: exportRegister.add(reading)
            case .powerActiveImport:
                power.add(reading)
                if reading.value < 0 { exportMoments.append(reading.timestampMilliseconds) }
            case .powerActiveExport:
                exportPower.add(reading)
                noteExport(reading)
            case .stateOfCharge: stateOfCharge.add(reading)
            case .currentImport: addCurrent(reading, at: currentChoice?.location)
            case .voltage: addVoltage(reading, at: voltageChoice?.location)
            case .temperature: addTemperature(reading)
            case .currentExport, .energyActiveExportInterval: noteExport(reading)
            case .powerOffered: highestPowerOffered = max(highestPowerOffered ?? 0, abs(reading.value))
            case .currentOffered: highestCurrentOffered = max(highestCurrentOffered ?? 0, abs(reading.value))
            default: break
            }
        }
        self.register = register.finished()
        self.exportRegister = exportRegister.finished()
        self.power = power.finished()
        self.exportPower = exportPower.finished()
        self.stateOfCharge = stateOfCharge.finished()
    }

    private mutating func noteExport(_ reading: Reading) {
        if reading.value > 0 { exportMoments.append(reading.timestampMilliseconds) }
    }

    private mutating func addCurrent(_ reading: Reading, at location: Location?) {
        guard reading.location == location, let conductor = reading.phase?.conductor else { return }
        let time = reading.timestampMilliseconds
        if currents.last?.time != time {
            currents.append(CurrentMoment(time: time, currents: SIMD4(), phases: 0, isReconstructed: false))
        }
        let index = currents.count - 1
        currents[index].currents[conductor] = reading.commonValue
        currents[index].phases |= 1 << UInt8(conductor)
        if reading.isReconstructed { currents[index].isReconstructed = true }
    }

    private mutating func addVoltage(_ reading: Reading, at location: Location?) {
        guard reading.location == location, let phase = reading.phase else { return }
        let sample = Sample(
            time: reading.timestampMilliseconds, value: reading.commonValue, isReconstructed: reading.isReconstructed)
        voltages.append(VoltageSample(sample: sample, phase: phase))
    }

    private mutating func addTemperature(_ reading: Reading) {
        let sample = Sample(
            time: reading.timestampMilliseconds, value: reading.commonValue, isReconstructed: reading.isReconstructed)
        temperatures.append(TemperatureSample(sample: sample, location: reading.location))
    }
}
