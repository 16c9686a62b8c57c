import AnomalyDetection

/// English.
struct EnglishPhrases: Phrasebook {
    var style: NumberStyle { NumberStyle(decimal: ".", group: ",", beforePercent: "") }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    func date(_ moment: CivilMoment, year: Bool) -> String {
        "\(moment.day) \(Self.months[moment.month - 1])" + (year ? " \(moment.year)" : "")
    }

    func at(_ moment: CivilMoment, day: Bool) -> String {
        (day ? "on \(date(moment, year: false)) " : "") + "at \(moment.clock) UTC"
    }

    func of(_ moment: CivilMoment, day: Bool) -> String {
        "of " + (day ? "\(date(moment, year: false)), " : "") + "\(moment.clock) UTC"
    }

    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String {
        guard day else { return "between \(start.clock) and \(end.clock) UTC" }
        return "between \(date(start, year: false)) \(start.clock) and \(date(end, year: false)) \(end.clock) UTC"
    }

    var units: (hour: [String], minute: [String], second: [String], and: String) {
        (["hour", "hours"], ["minute", "minutes"], ["second", "seconds"], "and")
    }

    func name(_ category: AnomalyCategory) -> String { "\(category.name)" }

    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .registerFall(let before, let after):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) the imported-energy "
                + "register fell from \(words.register(before.value)) to \(words.register(after.value)), which is "
                + "\(words.register(before.value - after.value)) less, and went on from the lower level."
        case .registerPit(let before, let lowest, let regained):
            return "\(stretch) the imported-energy register fell from \(words.register(before.value)) to "
                + "\(words.register(lowest.value)) and jumped back: the reading \(words.of(regained)) shows "
                + "\(words.register(regained.value))."
        case .plateau(let lowest, let expected, let moved):
            return "\(stretch) the power was \(words.power(lowest)) or more, which gives at least "
                + "\(words.energy(expected)), but the energy register moved by \(words.energy(moved)) only."
        case .registerSpike(let before, let after, let rise, let limit):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) the imported-energy "
                + "register went from \(words.register(before.value)) to \(words.register(after.value)): "
                + "\(words.energy(rise)) above its highest earlier value, where \(words.energy(limit)) are possible "
                + "at most."
        case .negative(let lowest, let count, let isExport):
            return "The register of \(isExport ? "exported" : "imported") energy read below zero "
                + "\(count == 1 ? "once" : "\(words.count(count)) times"); the lowest reading, "
                + "\(words.register(lowest.value)), was taken \(words.at(lowest))."
        case .nothingMoved(let energy):
            return "\(stretch) the session moved \(words.energy(energy)), and no reading says why: the battery was "
                + "not reported full, and power was not reported as withheld."
        case .powerLost(let before, let highest, let energy):
            return "\(stretch) the power read at most \(words.power(highest)), after \(words.power(before.value)) "
                + "\(words.at(before)), while the register went on by \(words.energy(energy)): the reading was lost, "
                + "not the power."
        case .powerAboveGreatest(let peak, let greatest, let isRated):
            return "The power read \(words.power(peak.value)) \(words.at(peak)); "
                + (isRated
                    ? "the connector's rating allows \(words.power(greatest))."
                    : "without a known rating, \(words.power(greatest)) is the most that is taken for possible.")
        case .powerAlone(let peak, let next):
            return "A single reading \(words.of(peak)) shows \(words.power(peak.value)); the next highest of the "
                + "session is \(words.power(next)), and the energy register saw no such peak."
        case .energyAbovePower(let energy, let given):
            return "\(stretch) the register counted \(words.energy(energy)), although the power readings give "
                + "\(words.energy(given)) at most."
        case .energyBelowPower(let energy, let given):
            return "\(stretch) the register counted \(words.energy(energy)), although the power readings give "
                + "\(words.energy(given)) at least."
        default: return observationBesides(found, words)
        }
    }

    /// Of the state of charge, the phases, the temperature and the readings themselves.
    private func observationBesides(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .chargeFell(let before, let after, let energy):
            return "\(stretch) the state of charge fell from \(words.percent(before.value)) to "
                + "\(words.percent(after.value)) although the vehicle took in \(words.energy(energy)) meanwhile."
        case .chargeJumped(let before, let after, let energy):
            return "\(stretch) the state of charge rose from \(words.percent(before.value)) to "
                + "\(words.percent(after.value)), far more than the energy delivered meanwhile, "
                + "\(words.energy(energy)), explains."
        case .chargeOutside(let worst, let count):
            return "\(count == 1 ? "One state of charge" : "\(words.count(count)) states of charge") outside "
                + "\(words.percent(0)) to \(words.percent(100)) \(count == 1 ? "was" : "were") read; the farthest is "
                + "\(words.percent(worst.value)) \(words.at(worst))."
        case .imbalance(let time, let lowest, let lowestPhase, let highest, let highestPhase):
            return "\(stretch) the loaded phases carried different currents; \(words.at(time)) it was "
                + "\(words.current(highest)) on L\(highestPhase) and \(words.current(lowest)) on L\(lowestPhase)."
        case .voltage(let worst, let phase, let nominal):
            return "\(stretch) the voltage of \(phase.wireName) was off; the worst reading is "
                + "\(words.voltage(worst.value)) \(words.at(worst)), where \(words.voltage(nominal)) are nominal."
        case .temperature(let peak, let location, let bound):
            return "The temperature at \(place(location)) reached \(words.celsius(peak.value)) \(words.at(peak)); "
                + "\(words.celsius(bound)) is the limit there."
        case .gap(let length, let energy):
            return "\(stretch) no reading came for \(words.duration(length)) although charging went on"
                + (energy.map { "; the register moved by \(words.energy($0)) meanwhile." } ?? ".")
        default:
            return "\(stretch): \(found.finding.category.summary)"
        }
    }

    private func place(_ location: Location) -> String {
        switch location {
        case .body: "the station's body"
        case .cable: "the cable"
        case .vehicle: "the vehicle"
        case .inlet: "the inlet"
        case .outlet: "the outlet"
        }
    }

    func rule(_ category: AnomalyCategory, _ words: Wording) -> String {
        let limits = words.limits
        return switch category {
        case .registerDecrease:
            "A register of imported energy can only rise; a fall of more than \(words.register(limits.register.fall)) "
                + "is reported."
        case .energyPit:
            "A register cannot fall and regain its value by a jump that the power does not explain."
        case .energyPlateau:
            "The register has to move by at least \(words.share(limits.power.plateauShare)) of what the lowest power "
                + "gives over \(words.duration(limits.power.plateauSpan))."
        case .energySpike:
            "Between two readings a register cannot rise by more than the greatest power gives in that time."
        case .energyNegative:
            "A register starts at zero; less than \(words.register(-limits.register.negative)) is reported."
        case .zeroEnergy:
            "A finished session whose register was read over \(words.duration(limits.register.zeroEnergySpan)) or "
                + "longer should move \(words.register(limits.register.zeroEnergy)) or more."
        case .powerDrop:
            "Power under \(words.share(limits.power.dropShare)) of what it was is taken for lost when the energy goes "
                + "on by \(words.energy(limits.power.dropEnergy)) or more."
        case .powerSpike:
            "Power may not exceed what the connector can give, nor stand alone above "
                + "\(words.power(limits.power.spikePower)) and \(words.number(limits.power.spikeFactor)) times the "
                + "next highest."
        case .powerEnergyMismatch:
            "Energy and power may differ by \(words.share(limits.power.mismatchShare)) and "
                + "\(words.energy(limits.power.mismatchEnergy))."
        case .stateOfChargeDecrease:
            "The state of charge must not fall by \(words.number(limits.stateOfCharge.decrease)) points or more while "
                + "\(words.energy(limits.stateOfCharge.decreaseEnergy)) or more are imported."
        case .stateOfChargeJump:
            "More than \(words.number(limits.stateOfCharge.jump)) points beyond what the energy explains are reported."
        case .stateOfChargeOutOfRange: "A state of charge lies between \(words.percent(0)) and \(words.percent(100))."
        case .phaseImbalance:
            "Loaded phases may differ by \(words.share(limits.electrical.imbalanceShare)) of the largest current."
        case .voltageDeviation:
            "A phase may differ from nominal by \(words.share(limits.electrical.voltageShare))."
        case .overheating:
            "\(words.celsius(limits.electrical.temperature)), at the station's body "
                + "\(words.celsius(limits.electrical.temperatureBody)), is dangerous for the equipment."
        case .meterValueGap:
            "More than \(words.duration(limits.gap.duration)) without a reading is reported where charging goes on."
        }
    }

    func advice(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease:
            "Look for a meter reset, an exchanged meter or swapped readings, and check the bill of this session."
        case .energyPit: "Look for lost or late messages; the energy of the session itself is most likely right."
        case .energyPlateau: "Compare the register with the meter on site; energy may not be billed."
        case .energySpike: "Check the unit that the station sends (Wh or kWh) and the meter before billing."
        case .energyNegative: "Check the meter's configuration and its wiring; a reversed meter counts backwards."
        case .zeroEnergy: "Check cable, contactor and vehicle communication; the driver may have left uncharged."
        case .powerDrop: "Check the station's power measurement; bill by the register."
        case .powerSpike: "Check the power measurement and its unit; the register is not affected."
        case .powerEnergyMismatch:
            "Compare both measurements on site; one of them is wrong, and bills follow the register."
        case .stateOfChargeDecrease: "Check whether the vehicle reports another battery's value or consumes meanwhile."
        case .stateOfChargeJump: "Check the vehicle's reports; several vehicles correct their estimate while charging."
        case .stateOfChargeOutOfRange: "Check how the station decodes the vehicle's message."
        case .phaseImbalance: "Check the wiring, fuses and contactor of the weak phase."
        case .voltageDeviation: "Check the grid connection, the neutral conductor and the voltage measurement."
        case .overheating: "Have plug, cable and connections inspected before the next session."
        case .meterValueGap: "Check the station's connection; what happened meanwhile cannot be judged."
        }
    }

    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String {
        "**\(count == 1 ? "One anomaly was" : "\(words.count(count)) anomalies were") found** in this session of "
            + "\(words.day) (score \(words.number(facts.verdict?.score ?? 0)) of 1, confidence "
            + "\(words.number(facts.verdict?.confidence ?? 0)))."
    }

    func clean(_ facts: SessionStory, _ words: Wording) -> String {
        "**No anomaly was found** in this session of \(words.day) (score "
            + "\(words.number(facts.verdict?.score ?? 0)) of 1; from \(words.number(0.5)) on something is reported)."
    }

    func rulesKept(_ readings: Int, _ words: Wording) -> String {
        "Its \(words.count(readings)) readings keep all "
            + "\(words.count(AnomalyCategory.allCases.count)) rules."
    }

    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String {
        "The session delivered \(words.energy(energy)) in \(words.duration(milliseconds))."
    }

    func reconstructed(_ count: Int, of total: Int) -> String {
        count == 1
            ? "One of \(total) readings was computed by the sender, which lowers the confidence."
            : "\(count) of \(total) readings were computed by the sender, which lowers the confidence."
    }

    var filled: String { "Holes in the state of charge were filled in from the energy." }
    var incident: String { "This is an incident: severe and sure enough to call for a person at once." }
    var recurring: String {
        "It is not the first time: the same kind of anomaly was found on this connector in the 30 days before."
    }

    func severity(_ score: String) -> String { "score \(score)" }

    func answer(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .noVerdict(let readings, let needed):
            "There is no verdict on this session yet: it has "
                + "\(readings == 1 ? "one reading" : "\(words.count(readings)) readings"), and \(words.count(needed)) "
                + "are needed."
        case .noReadings: "This session has no stored readings yet, so there is nothing to tell."
        case .fallenReading(let before, let after):
            "The reading \(words.of(after)) shows \(words.register(after.value)), "
                + "\(words.register(before.value - after.value)) less than the one before it."
        case .noFall: "No reading made the energy register go down beyond rounding."
        case .energy(let energy): "The session delivered \(words.energy(energy))."
        case .noEnergy: "The energy register was not read twice, so the delivered energy is not known."
        case .duration(let start, let end, let charging):
            "The readings last \(words.duration(end - start)), \(words.between(start, end))."
                + (charging.map {
                    " Energy flowed \(words.between($0.lowerBound, $0.upperBound)), over "
                        + "\(words.duration($0.upperBound - $0.lowerBound))."
                } ?? "")
        case .power(let trend):
            "The highest power was \(words.power(trend.highest.value)) \(words.at(trend.highest)), the lowest "
                + "\(words.power(trend.lowest.value)) \(words.at(trend.lowest))."
        case .noPower: "No power was read in this session."
        case .charge(let trend):
            "The state of charge was \(words.percent(trend.first.value)) at the first reading \(words.at(trend.first)) "
                + "and \(words.percent(trend.last.value)) at the last one \(words.at(trend.last))."
        case .noCharge: "No state of charge was read, so how full the battery is cannot be told."
        case .chargeFull(let point): "The battery reached \(words.percent(point.value)) \(words.at(point))."
        default: answerBesides(topic, words)
        }
    }

    /// Of the verdict, and of what is seldom measured.
    private func answerBesides(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .completed(let isCompleted):
            isCompleted ? "The session is marked as completed." : "The session is not marked as completed."
        case .zeroEnergyMoved: "No energy was moved, so there was no charge."
        case .serious(let isIncident, let score, let confidence):
            (isIncident ? "Yes, this is an incident that calls for a person at once" : "It is no incident")
                + ": score \(words.number(score)) of 1, confidence \(words.number(confidence))."
        case .notAnomalous(let score):
            "The session was not found anomalous: score \(words.number(score)), and \(words.number(0.5)) is the limit."
        case .recurring(let isRecurring):
            isRecurring
                ? recurring : "The same kind of anomaly was not found on this connector in the 30 days before."
        case .temperature(let trend):
            "The highest temperature was \(words.celsius(trend.highest.value)) \(words.at(trend.highest)), the lowest "
                + "\(words.celsius(trend.lowest.value))."
        case .noTemperature: "No temperature was read in this session."
        case .voltage(let trend):
            "The voltages of the phases lay between \(words.voltage(trend.lowest.value)) and "
                + "\(words.voltage(trend.highest.value))."
        case .noVoltage: "No voltage of a phase was read in this session."
        case .current(let trend):
            "The currents of the phases lay between \(words.current(trend.lowest.value)) and "
                + "\(words.current(trend.highest.value))."
        case .noCurrent: "No current of a phase was read in this session."
        case .readings(let count, let reconstructed):
            (count == 1 ? "One reading is stored" : "\(words.count(count)) readings are stored")
                + (reconstructed == 0 ? "." : "; \(words.count(reconstructed)) of them were computed by the sender.")
        case .noGap: "No gap with charging going on was found among the readings."
        case .onlyThisSession: "Only this one session can be spoken of here."
        default: "The stored readings do not settle this. What is known:"
        }
    }
}
