import AnomalyDetection

/// German.
struct GermanPhrases: Phrasebook {
    var style: NumberStyle { NumberStyle(decimal: ",", group: ".", beforePercent: " ") }

    private static let months = [
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ]

    func date(_ moment: CivilMoment, year: Bool) -> String {
        "\(moment.day). \(Self.months[moment.month - 1])" + (year ? " \(moment.year)" : "")
    }

    func at(_ moment: CivilMoment, day: Bool) -> String {
        (day ? "am \(date(moment, year: false)) " : "") + "um \(moment.clock) UTC"
    }

    func of(_ moment: CivilMoment, day: Bool) -> String {
        day ? "vom \(date(moment, year: false)), \(moment.clock) UTC" : "von \(moment.clock) UTC"
    }

    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String {
        guard day else { return "zwischen \(start.clock) und \(end.clock) UTC" }
        return "zwischen dem \(date(start, year: false)) um \(start.clock) und dem \(date(end, year: false)) um "
            + "\(end.clock) UTC"
    }

    var units: (hour: [String], minute: [String], second: [String], and: String) {
        (["Stunde", "Stunden"], ["Minute", "Minuten"], ["Sekunde", "Sekunden"], "und")
    }

    func name(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease: "Fallender Zählerstand"
        case .energyPit: "Einbruch des Zählerstands"
        case .energyPlateau: "Stehender Zählerstand"
        case .energySpike: "Sprung des Zählerstands"
        case .energyNegative: "Negativer Zählerstand"
        case .zeroEnergy: "Keine Energie"
        case .powerDrop: "Verlorener Leistungswert"
        case .powerSpike: "Leistungsspitze"
        case .powerEnergyMismatch: "Leistung und Energie widersprechen sich"
        case .stateOfChargeDecrease: "Fallender Ladestand"
        case .stateOfChargeJump: "Sprung des Ladestands"
        case .stateOfChargeOutOfRange: "Unmöglicher Ladestand"
        case .phaseImbalance: "Ungleiche Phasen"
        case .voltageDeviation: "Abweichende Spannung"
        case .overheating: "Überhitzung"
        case .meterValueGap: "Lücke in den Messwerten"
        }
    }

    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .registerFall(let before, let after):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) fiel der Zählerstand "
                + "der bezogenen Energie von \(words.register(before.value)) auf \(words.register(after.value)), also "
                + "um \(words.register(before.value - after.value)), und lief von dort weiter."
        case .registerPit(let before, let lowest, let regained):
            return "\(stretch) fiel der Zählerstand der bezogenen Energie von \(words.register(before.value)) auf "
                + "\(words.register(lowest.value)) und sprang zurück: Der Messwert \(words.of(regained)) zeigt "
                + "\(words.register(regained.value))."
        case .plateau(let lowest, let expected, let moved):
            return "\(stretch) betrug die Leistung \(words.power(lowest)) oder mehr, was mindestens "
                + "\(words.energy(expected)) ergibt, doch der Zählerstand bewegte sich nur um \(words.energy(moved))."
        case .registerSpike(let before, let after, let rise, let limit):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) ging der Zählerstand "
                + "von \(words.register(before.value)) auf \(words.register(after.value)): \(words.energy(rise)) über "
                + "seinen höchsten früheren Wert, wo höchstens \(words.energy(limit)) möglich sind."
        case .negative(let lowest, let count, let isExport):
            return "Der Zählerstand der \(isExport ? "eingespeisten" : "bezogenen") Energie lag "
                + "\(count == 1 ? "einmal" : "\(words.count(count))-mal") unter null; der niedrigste Messwert, "
                + "\(words.register(lowest.value)), wurde \(words.at(lowest)) genommen."
        case .nothingMoved(let energy):
            return "\(stretch) flossen \(words.energy(energy)), und kein Messwert sagt, warum: Weder war die Batterie "
                + "als voll gemeldet, noch die Leistung als zurückgehalten."
        case .powerLost(let before, let highest, let energy):
            return "\(stretch) zeigte die Leistung höchstens \(words.power(highest)), nach "
                + "\(words.power(before.value)) \(words.at(before)), während der Zählerstand um "
                + "\(words.energy(energy)) weiterlief: Der Messwert ging verloren, nicht die Leistung."
        case .powerAboveGreatest(let peak, let greatest, let isRated):
            return "Die Leistung betrug \(words.power(peak.value)) \(words.at(peak)); "
                + (isRated
                    ? "die Nennleistung des Anschlusses erlaubt \(words.power(greatest))."
                    : "ohne bekannte Nennleistung gelten höchstens \(words.power(greatest)) als möglich.")
        case .powerAlone(let peak, let next):
            return "Ein einzelner Messwert \(words.of(peak)) zeigt \(words.power(peak.value)); der nächsthöchste der "
                + "Ladung ist \(words.power(next)), und der Zählerstand kennt keine solche Spitze."
        case .energyAbovePower(let energy, let given):
            return "\(stretch) zählte der Zähler \(words.energy(energy)), obwohl die Leistungswerte höchstens "
                + "\(words.energy(given)) ergeben."
        case .energyBelowPower(let energy, let given):
            return "\(stretch) zählte der Zähler \(words.energy(energy)), obwohl die Leistungswerte mindestens "
                + "\(words.energy(given)) ergeben."
        default: return observationBesides(found, words)
        }
    }

    /// Of the state of charge, the phases, the temperature and the readings themselves.
    private func observationBesides(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .chargeFell(let before, let after, let energy):
            return "\(stretch) fiel der Ladestand von \(words.percent(before.value)) auf "
                + "\(words.percent(after.value)), obwohl das Fahrzeug währenddessen \(words.energy(energy)) bezog."
        case .chargeJumped(let before, let after, let energy):
            return "\(stretch) stieg der Ladestand von \(words.percent(before.value)) auf "
                + "\(words.percent(after.value)), weit mehr, als die währenddessen gelieferte Energie "
                + "(\(words.energy(energy))) erklärt."
        case .chargeOutside(let worst, let count):
            return "\(count == 1 ? "Ein Ladestand" : "\(words.count(count)) Ladestände") außerhalb von "
                + "\(words.percent(0)) bis \(words.percent(100)) \(count == 1 ? "wurde" : "wurden") gelesen; am "
                + "weitesten daneben liegt \(words.percent(worst.value)) \(words.at(worst))."
        case .imbalance(let time, let lowest, let lowestPhase, let highest, let highestPhase):
            return "\(stretch) führten die belasteten Phasen ungleiche Ströme; \(words.at(time)) waren es "
                + "\(words.current(highest)) auf L\(highestPhase) und \(words.current(lowest)) auf L\(lowestPhase)."
        case .voltage(let worst, let phase, let nominal):
            return "\(stretch) wich die Spannung von \(phase.wireName) ab; der schlimmste Messwert ist "
                + "\(words.voltage(worst.value)) \(words.at(worst)), die Nennspannung beträgt "
                + "\(words.voltage(nominal))."
        case .temperature(let peak, let location, let bound):
            return "Die Temperatur \(place(location)) erreichte \(words.celsius(peak.value)) \(words.at(peak)); die "
                + "Grenze liegt dort bei \(words.celsius(bound))."
        case .gap(let length, let energy):
            return "\(stretch) kam \(words.duration(length)) lang kein Messwert, obwohl weiter geladen wurde"
                + (energy.map { "; der Zählerstand bewegte sich derweil um \(words.energy($0))." } ?? ".")
        default: return "\(stretch) fand sich: \(name(found.finding.category))."
        }
    }

    private func place(_ location: Location) -> String {
        switch location {
        case .body: "am Gehäuse der Station"
        case .cable: "am Kabel"
        case .vehicle: "am Fahrzeug"
        case .inlet: "an der Einspeisung"
        case .outlet: "an der Ladedose"
        }
    }

    func rule(_ category: AnomalyCategory, _ words: Wording) -> String {
        let limits = words.limits
        return switch category {
        case .registerDecrease:
            "Ein Zählerstand der bezogenen Energie kann nur steigen; gemeldet wird ein Fall um mehr als "
                + "\(words.register(limits.register.fall))."
        case .energyPit:
            "Ein Zählerstand kann nicht fallen und seinen Wert durch einen Sprung zurückgewinnen, den die Leistung "
                + "nicht erklärt."
        case .energyPlateau:
            "Der Zählerstand muss sich um mindestens \(words.share(limits.power.plateauShare)) dessen bewegen, was die "
                + "niedrigste Leistung ergibt; betrachtet wird ab einer Dauer von "
                + "\(words.duration(limits.power.plateauSpan))."
        case .energySpike:
            "Zwischen zwei Messwerten kann ein Zählerstand nicht um mehr steigen, als die größte Leistung in dieser "
                + "Zeit ergibt."
        case .energyNegative:
            "Ein Zählerstand beginnt bei null; gemeldet wird weniger als "
                + "\(words.register(-limits.register.negative))."
        case .zeroEnergy:
            "Eine beendete Ladung, deren Zählerstand über eine Dauer von "
                + "\(words.duration(limits.register.zeroEnergySpan)) oder länger gelesen wurde, sollte "
                + "\(words.register(limits.register.zeroEnergy)) oder mehr bewegen."
        case .powerDrop:
            "Eine Leistung unter \(words.share(limits.power.dropShare)) der vorherigen gilt als verloren, wenn die "
                + "Energie um \(words.energy(limits.power.dropEnergy)) oder mehr weiterläuft."
        case .powerSpike:
            "Die Leistung darf weder übersteigen, was der Anschluss geben kann, noch einzeln über "
                + "\(words.power(limits.power.spikePower)) und über dem "
                + "\(words.number(limits.power.spikeFactor))-Fachen des nächsthöchsten Werts liegen."
        case .powerEnergyMismatch:
            "Energie und Leistung dürfen um \(words.share(limits.power.mismatchShare)) und "
                + "\(words.energy(limits.power.mismatchEnergy)) auseinanderliegen."
        case .stateOfChargeDecrease:
            "Der Ladestand darf nicht um \(words.number(limits.stateOfCharge.decrease)) Punkte oder mehr fallen, "
                + "während \(words.energy(limits.stateOfCharge.decreaseEnergy)) oder mehr bezogen werden."
        case .stateOfChargeJump:
            "Gemeldet werden mehr als \(words.number(limits.stateOfCharge.jump)) Punkte über dem, was die Energie "
                + "erklärt."
        case .stateOfChargeOutOfRange:
            "Ein Ladestand liegt zwischen \(words.percent(0)) und \(words.percent(100))."
        case .phaseImbalance:
            "Belastete Phasen dürfen um \(words.share(limits.electrical.imbalanceShare)) des größten Stroms "
                + "auseinanderliegen."
        case .voltageDeviation:
            "Eine Phase darf um \(words.share(limits.electrical.voltageShare)) von der Nennspannung abweichen."
        case .overheating:
            "\(words.celsius(limits.electrical.temperature)), am Gehäuse der Station "
                + "\(words.celsius(limits.electrical.temperatureBody)), sind gefährlich für die Anlage."
        case .meterValueGap:
            "Gemeldet wird eine Pause der Messwerte von mehr als \(words.duration(limits.gap.duration)), wenn weiter "
                + "geladen wird."
        }
    }

    func advice(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease:
            "Zu prüfen: ein Zurücksetzen oder Austausch des Zählers, vertauschte Messwerte und die Abrechnung dieser "
                + "Ladung."
        case .energyPit:
            "Zu prüfen: verlorene oder verspätete Nachrichten; die Energie der Ladung selbst stimmt wahrscheinlich."
        case .energyPlateau: "Zu prüfen: der Zähler vor Ort; womöglich wird Energie nicht abgerechnet."
        case .energySpike: "Zu prüfen vor der Abrechnung: die gesendete Einheit (Wh oder kWh) und der Zähler."
        case .energyNegative:
            "Zu prüfen: Einstellung und Anschluss des Zählers; ein verkehrt angeschlossener zählt rückwärts."
        case .zeroEnergy:
            "Zu prüfen: Kabel, Schütz und Verbindung zum Fahrzeug; es ist womöglich ungeladen abgefahren."
        case .powerDrop: "Zu prüfen: die Leistungsmessung der Station; abzurechnen ist nach dem Zählerstand."
        case .powerSpike: "Zu prüfen: die Leistungsmessung und ihre Einheit; der Zählerstand ist nicht betroffen."
        case .powerEnergyMismatch:
            "Zu prüfen: beide Messungen vor Ort; eine ist falsch, und abgerechnet wird nach dem Zählerstand."
        case .stateOfChargeDecrease:
            "Zu prüfen: ob das Fahrzeug den Wert einer anderen Batterie meldet oder nebenher verbraucht."
        case .stateOfChargeJump:
            "Zu prüfen: die Meldungen des Fahrzeugs; manche berichtigen ihre Schätzung beim Laden."
        case .stateOfChargeOutOfRange: "Zu prüfen: wie die Station die Nachricht des Fahrzeugs entschlüsselt."
        case .phaseImbalance: "Zu prüfen: Verdrahtung, Sicherungen und Schütz der schwachen Phase."
        case .voltageDeviation: "Zu prüfen: der Netzanschluss, der Neutralleiter und die Spannungsmessung."
        case .overheating: "Stecker, Kabel und Verbindungen sind vor der nächsten Ladung zu untersuchen."
        case .meterValueGap:
            "Zu prüfen: die Verbindung der Station; was in dieser Zeit geschah, lässt sich nicht beurteilen."
        }
    }

    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String {
        "**\(count == 1 ? "Eine Anomalie wurde" : "\(words.count(count)) Anomalien wurden") gefunden** in dieser "
            + "Ladung vom \(words.day) (Bewertung \(words.number(facts.verdict?.score ?? 0)) von 1, Sicherheit "
            + "\(words.number(facts.verdict?.confidence ?? 0)))."
    }

    func clean(_ facts: SessionStory, _ words: Wording) -> String {
        "**Keine Anomalie wurde gefunden** in dieser Ladung vom \(words.day) (Bewertung "
            + "\(words.number(facts.verdict?.score ?? 0)) von 1; ab \(words.number(0.5)) wird gemeldet)."
    }

    func rulesKept(_ readings: Int, _ words: Wording) -> String {
        "Ihre \(words.count(readings)) Messwerte halten alle "
            + "\(words.count(AnomalyCategory.allCases.count)) Regeln ein."
    }

    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String {
        "Geliefert wurden \(words.energy(energy)); Dauer: \(words.duration(milliseconds))."
    }

    func reconstructed(_ count: Int, of total: Int) -> String {
        count == 1
            ? "Einen von \(total) Messwerten hat der Absender berechnet, was die Sicherheit senkt."
            : "\(count) von \(total) Messwerten hat der Absender berechnet, was die Sicherheit senkt."
    }

    var filled: String { "Lücken im Ladestand wurden aus der Energie ergänzt." }
    var incident: String { "Das ist ein Vorfall: schwer und sicher genug, dass sich sofort jemand kümmern sollte." }
    var recurring: String {
        "Es ist nicht das erste Mal: An diesem Anschluss wurde in den 30 Tagen davor schon eine Anomalie dieser Art "
            + "gefunden."
    }

    func severity(_ score: String) -> String { "Bewertung \(score)" }

    func answer(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .noVerdict(let readings, let needed):
            "Über diese Ladung gibt es noch kein Urteil: Sie hat "
                + "\(readings == 1 ? "einen Messwert" : "\(words.count(readings)) Messwerte"), nötig sind "
                + "\(words.count(needed))."
        case .noReadings: "Zu dieser Ladung sind noch keine Messwerte gespeichert, daher gibt es nichts zu sagen."
        case .fallenReading(let before, let after):
            "Der Messwert \(words.of(after)) zeigt \(words.register(after.value)), "
                + "\(words.register(before.value - after.value)) weniger als der davor."
        case .noFall: "Kein Messwert ließ den Zählerstand über die Rundung hinaus fallen."
        case .energy(let energy): "Die Ladung lieferte \(words.energy(energy))."
        case .noEnergy: "Der Zählerstand wurde keine zwei Mal gelesen, daher ist die gelieferte Energie unbekannt."
        case .duration(let start, let end, let charging):
            "Die Messwerte liegen \(words.between(start, end)); Dauer: \(words.duration(end - start))."
                + (charging.map {
                    " Energie floss \(words.between($0.lowerBound, $0.upperBound)); Dauer: "
                        + "\(words.duration($0.upperBound - $0.lowerBound))."
                } ?? "")
        case .power(let trend):
            "Die höchste Leistung betrug \(words.power(trend.highest.value)) \(words.at(trend.highest)), die "
                + "niedrigste \(words.power(trend.lowest.value)) \(words.at(trend.lowest))."
        case .noPower: "In dieser Ladung wurde keine Leistung gemessen."
        case .charge(let trend):
            "Der Ladestand betrug \(words.percent(trend.first.value)) beim ersten Messwert \(words.at(trend.first)) "
                + "und \(words.percent(trend.last.value)) beim letzten \(words.at(trend.last))."
        case .noCharge: "Kein Ladestand wurde gelesen; wie voll die Batterie ist, lässt sich nicht sagen."
        case .chargeFull(let point): "Die Batterie erreichte \(words.percent(point.value)) \(words.at(point))."
        default: answerBesides(topic, words)
        }
    }

    /// Of the verdict, and of what is seldom measured.
    private func answerBesides(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .completed(let isCompleted):
            isCompleted
                ? "Die Ladung ist als abgeschlossen gemeldet." : "Die Ladung ist nicht als abgeschlossen gemeldet."
        case .zeroEnergyMoved: "Es floss keine Energie, geladen wurde also nicht."
        case .serious(let isIncident, let score, let confidence):
            (isIncident
                ? "Ja, das ist ein Vorfall, um den sich sofort jemand kümmern sollte" : "Ein Vorfall ist es nicht")
                + ": Bewertung \(words.number(score)) von 1, Sicherheit \(words.number(confidence))."
        case .notAnomalous(let score):
            "Die Ladung ist nicht auffällig: Bewertung \(words.number(score)), die Grenze liegt bei "
                + "\(words.number(0.5))."
        case .recurring(let isRecurring):
            isRecurring
                ? recurring
                : "An diesem Anschluss wurde in den 30 Tagen davor keine Anomalie dieser Art gefunden."
        case .temperature(let trend):
            "Die höchste Temperatur betrug \(words.celsius(trend.highest.value)) \(words.at(trend.highest)), die "
                + "niedrigste \(words.celsius(trend.lowest.value))."
        case .noTemperature: "In dieser Ladung wurde keine Temperatur gemessen."
        case .voltage(let trend):
            "Die Spannungen der Phasen lagen zwischen \(words.voltage(trend.lowest.value)) und "
                + "\(words.voltage(trend.highest.value))."
        case .noVoltage: "In dieser Ladung wurde keine Spannung einer Phase gemessen."
        case .current(let trend):
            "Die Ströme der Phasen lagen zwischen \(words.current(trend.lowest.value)) und "
                + "\(words.current(trend.highest.value))."
        case .noCurrent: "In dieser Ladung wurde kein Strom einer Phase gemessen."
        case .readings(let count, let reconstructed):
            (count == 1 ? "Ein Messwert ist gespeichert" : "\(words.count(count)) Messwerte sind gespeichert")
                + (reconstructed == 0 ? "." : "; davon vom Absender berechnet: \(words.count(reconstructed)).")
        case .noGap: "Unter den Messwerten fand sich keine Lücke, in der weiter geladen wurde."
        case .onlyThisSession: "Hier kann nur über diese eine Ladung gesprochen werden."
        default: "Die gespeicherten Messwerte klären das nicht. Bekannt ist:"
        }
    }
}
