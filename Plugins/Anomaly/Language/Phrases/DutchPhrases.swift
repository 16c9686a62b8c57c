import AnomalyDetection

/// Dutch.
struct DutchPhrases: Phrasebook {
    var style: NumberStyle { NumberStyle(decimal: ",", group: ".", beforePercent: "") }

    private static let months = [
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
        "december",
    ]

    func date(_ moment: CivilMoment, year: Bool) -> String {
        "\(moment.day) \(Self.months[moment.month - 1])" + (year ? " \(moment.year)" : "")
    }

    func at(_ moment: CivilMoment, day: Bool) -> String {
        (day ? "op \(date(moment, year: false)) " : "") + "om \(moment.clock) UTC"
    }

    func of(_ moment: CivilMoment, day: Bool) -> String {
        "van " + (day ? "\(date(moment, year: false)), " : "") + "\(moment.clock) UTC"
    }

    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String {
        guard day else { return "tussen \(start.clock) en \(end.clock) UTC" }
        return "tussen \(date(start, year: false)) \(start.clock) en \(date(end, year: false)) \(end.clock) UTC"
    }

    /// An hour has no plural behind a number.
    var units: (hour: [String], minute: [String], second: [String], and: String) {
        (["uur", "uur"], ["minuut", "minuten"], ["seconde", "seconden"], "en")
    }

    func name(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease: "Dalende meterstand"
        case .energyPit: "Inzinking van de meterstand"
        case .energyPlateau: "Stilstaande meterstand"
        case .energySpike: "Sprong van de meterstand"
        case .energyNegative: "Negatieve meterstand"
        case .zeroEnergy: "Geen energie"
        case .powerDrop: "Verloren vermogensmeting"
        case .powerSpike: "Vermogenspiek"
        case .powerEnergyMismatch: "Vermogen en energie spreken elkaar tegen"
        case .stateOfChargeDecrease: "Dalende laadtoestand"
        case .stateOfChargeJump: "Sprong van de laadtoestand"
        case .stateOfChargeOutOfRange: "Onmogelijke laadtoestand"
        case .phaseImbalance: "Ongelijke fasen"
        case .voltageDeviation: "Afwijkende spanning"
        case .overheating: "Oververhitting"
        case .meterValueGap: "Gat in de metingen"
        }
    }

    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .registerFall(let before, let after):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) daalde de meterstand "
                + "van de afgenomen energie van \(words.register(before.value)) naar \(words.register(after.value)), "
                + "dus met \(words.register(before.value - after.value)), en liep vanaf daar verder."
        case .registerPit(let before, let lowest, let regained):
            return "\(stretch) daalde de meterstand van de afgenomen energie van \(words.register(before.value)) naar "
                + "\(words.register(lowest.value)) en sprong terug: de meting \(words.of(regained)) toont "
                + "\(words.register(regained.value))."
        case .plateau(let lowest, let expected, let moved):
            return "\(stretch) was het vermogen \(words.power(lowest)) of meer, wat minstens "
                + "\(words.energy(expected)) oplevert, maar de meterstand bewoog slechts \(words.energy(moved))."
        case .registerSpike(let before, let after, let rise, let limit):
            return
                "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized) ging de meterstand van "
                + "\(words.register(before.value)) naar \(words.register(after.value)): \(words.energy(rise)) boven de "
                + "hoogste eerdere waarde, terwijl hoogstens \(words.energy(limit)) mogelijk is."
        case .negative(let lowest, let count, let isExport):
            return "De meterstand van de \(isExport ? "teruggeleverde" : "afgenomen") energie lag "
                + "\(count == 1 ? "één keer" : "\(words.count(count)) keer") onder nul; de laagste meting, "
                + "\(words.register(lowest.value)), is \(words.at(lowest)) gedaan."
        case .nothingMoved(let energy):
            return "\(stretch) stroomde \(words.energy(energy)), en geen meting zegt waarom: de accu was niet als vol "
                + "gemeld en het vermogen niet als ingehouden."
        case .powerLost(let before, let highest, let energy):
            return "\(stretch) gaf het vermogen hoogstens \(words.power(highest)) aan, na \(words.power(before.value)) "
                + "\(words.at(before)), terwijl de meterstand met \(words.energy(energy)) doorliep: de meting ging "
                + "verloren, niet het vermogen."
        case .powerAboveGreatest(let peak, let greatest, let isRated):
            return "Het vermogen was \(words.power(peak.value)) \(words.at(peak)); "
                + (isRated
                    ? "het nominale vermogen van de aansluiting laat \(words.power(greatest)) toe."
                    : "zonder bekend nominaal vermogen geldt hoogstens \(words.power(greatest)) als mogelijk.")
        case .powerAlone(let peak, let next):
            return
                "Eén enkele meting, die \(words.of(peak)), toont \(words.power(peak.value)); de op één na hoogste van "
                + "de sessie is \(words.power(next)), en de meterstand kent zo'n piek niet."
        case .energyAbovePower(let energy, let given):
            return "\(stretch) telde de meter \(words.energy(energy)), hoewel de vermogensmetingen hoogstens "
                + "\(words.energy(given)) opleveren."
        case .energyBelowPower(let energy, let given):
            return "\(stretch) telde de meter \(words.energy(energy)), hoewel de vermogensmetingen minstens "
                + "\(words.energy(given)) opleveren."
        default: return observationBesides(found, words)
        }
    }

    /// Of the state of charge, the phases, the temperature and the readings themselves.
    private func observationBesides(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .chargeFell(let before, let after, let energy):
            return "\(stretch) daalde de laadtoestand van \(words.percent(before.value)) naar "
                + "\(words.percent(after.value)), hoewel intussen \(words.energy(energy)) werd afgenomen."
        case .chargeJumped(let before, let after, let energy):
            return "\(stretch) steeg de laadtoestand van \(words.percent(before.value)) naar "
                + "\(words.percent(after.value)), veel meer dan de intussen geleverde \(words.energy(energy)) "
                + "verklaart."
        case .chargeOutside(let worst, let count):
            return "Er \(count == 1 ? "is één laadtoestand" : "zijn \(words.count(count)) laadtoestanden") buiten "
                + "\(words.percent(0)) tot \(words.percent(100)) gelezen; het verst ernaast ligt "
                + "\(words.percent(worst.value)) \(words.at(worst))."
        case .imbalance(let time, let lowest, let lowestPhase, let highest, let highestPhase):
            return "\(stretch) voerden de belaste fasen ongelijke stromen; \(words.at(time)) was dat "
                + "\(words.current(highest)) op L\(highestPhase) en \(words.current(lowest)) op L\(lowestPhase)."
        case .voltage(let worst, let phase, let nominal):
            return "\(stretch) week de spanning van \(phase.wireName) af; de slechtste meting is "
                + "\(words.voltage(worst.value)) \(words.at(worst)), de nominale spanning is \(words.voltage(nominal))."
        case .temperature(let peak, let location, let bound):
            return
                "De temperatuur \(place(location)) bereikte \(words.celsius(peak.value)) \(words.at(peak)); de grens "
                + "ligt daar bij \(words.celsius(bound))."
        case .gap(let length, let energy):
            return "\(stretch) kwam er \(words.duration(length)) lang geen meting, hoewel het laden doorging"
                + (energy.map { "; de meterstand bewoog intussen \(words.energy($0))." } ?? ".")
        default: return "\(stretch) is vastgesteld: \(name(found.finding.category))."
        }
    }

    private func place(_ location: Location) -> String {
        switch location {
        case .body: "van de behuizing van het station"
        case .cable: "van de kabel"
        case .vehicle: "van het voertuig"
        case .inlet: "van de voeding"
        case .outlet: "van de laadaansluiting"
        }
    }

    func rule(_ category: AnomalyCategory, _ words: Wording) -> String {
        let limits = words.limits
        return switch category {
        case .registerDecrease:
            "Een meterstand van afgenomen energie kan alleen stijgen; een daling van meer dan "
                + "\(words.register(limits.register.fall)) wordt gemeld."
        case .energyPit:
            "Een meterstand kan niet dalen en zijn waarde terugkrijgen met een sprong die het vermogen niet verklaart."
        case .energyPlateau:
            "De meterstand moet met minstens \(words.share(limits.power.plateauShare)) bewegen van wat het laagste "
                + "vermogen oplevert, vanaf een duur van \(words.duration(limits.power.plateauSpan))."
        case .energySpike:
            "Tussen twee metingen kan een meterstand niet meer stijgen dan het grootste vermogen in die tijd oplevert."
        case .energyNegative:
            "Een meterstand begint bij nul; minder dan \(words.register(-limits.register.negative)) wordt gemeld."
        case .zeroEnergy:
            "Een afgeronde sessie waarvan de meterstand gedurende \(words.duration(limits.register.zeroEnergySpan)) of "
                + "langer is gelezen, hoort \(words.register(limits.register.zeroEnergy)) of meer te verplaatsen."
        case .powerDrop:
            "Een vermogen onder \(words.share(limits.power.dropShare)) van het voorgaande geldt als verloren wanneer "
                + "de energie met \(words.energy(limits.power.dropEnergy)) of meer doorloopt."
        case .powerSpike:
            "Het vermogen mag niet hoger zijn dan de aansluiting kan geven, en niet als enige boven "
                + "\(words.power(limits.power.spikePower)) en boven \(words.number(limits.power.spikeFactor)) keer de "
                + "op één na hoogste waarde liggen."
        case .powerEnergyMismatch:
            "Energie en vermogen mogen \(words.share(limits.power.mismatchShare)) en "
                + "\(words.energy(limits.power.mismatchEnergy)) uiteenlopen."
        case .stateOfChargeDecrease:
            "De laadtoestand mag niet met \(words.number(limits.stateOfCharge.decrease)) punten of meer dalen terwijl "
                + "\(words.energy(limits.stateOfCharge.decreaseEnergy)) of meer wordt afgenomen."
        case .stateOfChargeJump:
            "Meer dan \(words.number(limits.stateOfCharge.jump)) punten boven wat de energie verklaart, wordt gemeld."
        case .stateOfChargeOutOfRange:
            "Een laadtoestand ligt tussen \(words.percent(0)) en \(words.percent(100))."
        case .phaseImbalance:
            "Belaste fasen mogen \(words.share(limits.electrical.imbalanceShare)) van de grootste stroom verschillen."
        case .voltageDeviation:
            "Een fase mag \(words.share(limits.electrical.voltageShare)) van de nominale spanning afwijken."
        case .overheating:
            "\(words.celsius(limits.electrical.temperature)), aan de behuizing van het station "
                + "\(words.celsius(limits.electrical.temperatureBody)), is gevaarlijk voor de apparatuur."
        case .meterValueGap:
            "Een gat van meer dan \(words.duration(limits.gap.duration)) wordt gemeld wanneer het laden doorgaat."
        }
    }

    func advice(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease:
            "Controleer of de meter is teruggezet of vervangen, of metingen zijn verwisseld, en de factuur van deze "
                + "sessie."
        case .energyPit: "Zoek naar verloren of late berichten; de energie van de sessie zelf klopt waarschijnlijk."
        case .energyPlateau: "Vergelijk de stand met de meter ter plaatse; mogelijk wordt energie niet gefactureerd."
        case .energySpike: "Controleer voor het factureren de verzonden eenheid (Wh of kWh) en de meter."
        case .energyNegative:
            "Controleer de instelling en de bedrading van de meter; verkeerd aangesloten telt hij terug."
        case .zeroEnergy:
            "Controleer kabel, relais en communicatie met het voertuig; het is misschien zonder lading vertrokken."
        case .powerDrop: "Controleer de vermogensmeting van het station; factureer volgens de meterstand."
        case .powerSpike: "Controleer de vermogensmeting en haar eenheid; de meterstand is niet geraakt."
        case .powerEnergyMismatch:
            "Vergelijk beide metingen ter plaatse; één ervan is fout, en de factuur volgt de meterstand."
        case .stateOfChargeDecrease:
            "Controleer of het voertuig de waarde van een andere accu meldt of intussen verbruikt."
        case .stateOfChargeJump:
            "Controleer de meldingen van het voertuig; sommige verbeteren hun schatting tijdens het laden."
        case .stateOfChargeOutOfRange: "Controleer hoe het station het bericht van het voertuig ontcijfert."
        case .phaseImbalance: "Controleer de bedrading, de zekeringen en het relais van de zwakke fase."
        case .voltageDeviation: "Controleer de netaansluiting, de nulleider en de spanningsmeting."
        case .overheating: "Laat stekker, kabel en verbindingen nakijken vóór de volgende sessie."
        case .meterValueGap:
            "Controleer de verbinding van het station; wat intussen gebeurde, valt niet te beoordelen."
        }
    }

    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String {
        "**Er \(count == 1 ? "is één anomalie" : "zijn \(words.count(count)) anomalieën") gevonden** in deze sessie "
            + "van \(words.day) (score \(words.number(facts.verdict?.score ?? 0)) van 1, zekerheid "
            + "\(words.number(facts.verdict?.confidence ?? 0)))."
    }

    func clean(_ facts: SessionStory, _ words: Wording) -> String {
        "**Er is geen anomalie gevonden** in deze sessie van \(words.day) (score "
            + "\(words.number(facts.verdict?.score ?? 0)) van 1; vanaf \(words.number(0.5)) wordt gemeld)."
    }

    func rulesKept(_ readings: Int, _ words: Wording) -> String {
        "De \(words.count(readings)) metingen voldoen aan alle "
            + "\(words.count(AnomalyCategory.allCases.count)) regels."
    }

    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String {
        "De sessie leverde \(words.energy(energy)) in \(words.duration(milliseconds))."
    }

    func reconstructed(_ count: Int, of total: Int) -> String {
        count == 1
            ? "Eén van de \(total) metingen is door de afzender berekend, wat de zekerheid verlaagt."
            : "\(count) van de \(total) metingen zijn door de afzender berekend, wat de zekerheid verlaagt."
    }

    var filled: String { "Gaten in de laadtoestand zijn uit de energie aangevuld." }
    var incident: String { "Dit is een incident: ernstig en zeker genoeg om er meteen iemand bij te halen." }
    var recurring: String {
        "Het is niet de eerste keer: op deze aansluiting is in de 30 dagen ervoor al een anomalie van deze soort "
            + "gevonden."
    }

    func severity(_ score: String) -> String { "score \(score)" }

    func answer(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .noVerdict(let readings, let needed):
            "Over deze sessie is nog geen oordeel: ze heeft "
                + "\(readings == 1 ? "één meting" : "\(words.count(readings)) metingen"), en er zijn er "
                + "\(words.count(needed)) nodig."
        case .noReadings: "Van deze sessie zijn nog geen metingen opgeslagen, dus er valt niets te zeggen."
        case .fallenReading(let before, let after):
            "De meting \(words.of(after)) toont \(words.register(after.value)), "
                + "\(words.register(before.value - after.value)) minder dan de vorige."
        case .noFall: "Geen meting liet de meterstand verder dalen dan afronding verklaart."
        case .energy(let energy): "De sessie leverde \(words.energy(energy))."
        case .noEnergy: "De meterstand is geen twee keer gelezen, dus de geleverde energie is onbekend."
        case .duration(let start, let end, let charging):
            "De metingen duren \(words.duration(end - start)), \(words.between(start, end))."
                + (charging.map {
                    " Er stroomde energie \(words.between($0.lowerBound, $0.upperBound)), gedurende "
                        + "\(words.duration($0.upperBound - $0.lowerBound))."
                } ?? "")
        case .power(let trend):
            "Het hoogste vermogen was \(words.power(trend.highest.value)) \(words.at(trend.highest)), het laagste "
                + "\(words.power(trend.lowest.value)) \(words.at(trend.lowest))."
        case .noPower: "In deze sessie is geen vermogen gemeten."
        case .charge(let trend):
            "De laadtoestand was \(words.percent(trend.first.value)) bij de eerste meting \(words.at(trend.first)) en "
                + "\(words.percent(trend.last.value)) bij de laatste \(words.at(trend.last))."
        case .noCharge: "Er is geen laadtoestand gelezen; hoe vol de accu is, valt niet te zeggen."
        case .chargeFull(let point): "De accu bereikte \(words.percent(point.value)) \(words.at(point))."
        default: answerBesides(topic, words)
        }
    }

    /// Of the verdict, and of what is seldom measured.
    private func answerBesides(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .completed(let isCompleted):
            isCompleted ? "De sessie is als afgerond gemeld." : "De sessie is niet als afgerond gemeld."
        case .zeroEnergyMoved: "Er is geen energie verplaatst, dus er is niet geladen."
        case .serious(let isIncident, let score, let confidence):
            (isIncident ? "Ja, dit is een incident waar meteen iemand bij moet" : "Het is geen incident")
                + ": score \(words.number(score)) van 1, zekerheid \(words.number(confidence))."
        case .notAnomalous(let score):
            "De sessie is niet afwijkend: score \(words.number(score)), en de grens ligt bij \(words.number(0.5))."
        case .recurring(let isRecurring):
            isRecurring
                ? recurring : "Op deze aansluiting is in de 30 dagen ervoor geen anomalie van deze soort gevonden."
        case .temperature(let trend):
            "De hoogste temperatuur was \(words.celsius(trend.highest.value)) \(words.at(trend.highest)), de laagste "
                + "\(words.celsius(trend.lowest.value))."
        case .noTemperature: "In deze sessie is geen temperatuur gemeten."
        case .voltage(let trend):
            "De spanningen van de fasen lagen tussen \(words.voltage(trend.lowest.value)) en "
                + "\(words.voltage(trend.highest.value))."
        case .noVoltage: "In deze sessie is van geen fase de spanning gemeten."
        case .current(let trend):
            "De stromen van de fasen lagen tussen \(words.current(trend.lowest.value)) en "
                + "\(words.current(trend.highest.value))."
        case .noCurrent: "In deze sessie is van geen fase de stroom gemeten."
        case .readings(let count, let reconstructed):
            (count == 1 ? "Er is één meting opgeslagen" : "Er zijn \(words.count(count)) metingen opgeslagen")
                + (reconstructed == 0 ? "." : "; door de afzender berekend: \(words.count(reconstructed)).")
        case .noGap: "Onder de metingen is geen gat gevonden waarin het laden doorging."
        case .onlyThisSession: "Hier kan alleen over deze ene sessie worden gesproken."
        default: "De opgeslagen metingen geven daarover geen uitsluitsel. Bekend is:"
        }
    }
}
