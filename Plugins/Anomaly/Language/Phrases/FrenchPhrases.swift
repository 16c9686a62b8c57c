import AnomalyDetection

/// French.
struct FrenchPhrases: Phrasebook {
    var style: NumberStyle { NumberStyle(decimal: ",", group: "\u{202F}", beforePercent: " ") }

    private static let months = [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ]

    func date(_ moment: CivilMoment, year: Bool) -> String {
        "\(moment.day == 1 ? "1er" : "\(moment.day)") \(Self.months[moment.month - 1])"
            + (year ? " \(moment.year)" : "")
    }

    func at(_ moment: CivilMoment, day: Bool) -> String {
        (day ? "le \(date(moment, year: false)) " : "") + "à \(moment.clock) UTC"
    }

    func of(_ moment: CivilMoment, day: Bool) -> String {
        day ? "du \(date(moment, year: false)) à \(moment.clock) UTC" : "de \(moment.clock) UTC"
    }

    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String {
        guard day else { return "entre \(start.clock) et \(end.clock) UTC" }
        return "entre le \(date(start, year: false)) à \(start.clock) et le \(date(end, year: false)) à "
            + "\(end.clock) UTC"
    }

    var units: (hour: [String], minute: [String], second: [String], and: String) {
        (["heure", "heures"], ["minute", "minutes"], ["seconde", "secondes"], "et")
    }

    var colon: String { " :" }

    func name(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease: "Baisse de l'index"
        case .energyPit: "Creux de l'index"
        case .energyPlateau: "Index immobile"
        case .energySpike: "Saut de l'index"
        case .energyNegative: "Index négatif"
        case .zeroEnergy: "Aucune énergie"
        case .powerDrop: "Mesure de puissance perdue"
        case .powerSpike: "Pic de puissance"
        case .powerEnergyMismatch: "Puissance et énergie en désaccord"
        case .stateOfChargeDecrease: "Baisse de l'état de charge"
        case .stateOfChargeJump: "Saut de l'état de charge"
        case .stateOfChargeOutOfRange: "État de charge impossible"
        case .phaseImbalance: "Déséquilibre des phases"
        case .voltageDeviation: "Écart de tension"
        case .overheating: "Surchauffe"
        case .meterValueGap: "Interruption des mesures"
        }
    }

    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .registerFall(let before, let after):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized), l'index d'énergie "
                + "importée est tombé de \(words.register(before.value)) à \(words.register(after.value)), soit "
                + "\(words.register(before.value - after.value)) de moins, et a continué à partir de ce niveau."
        case .registerPit(let before, let lowest, let regained):
            return "\(stretch), l'index d'énergie importée est tombé de \(words.register(before.value)) à "
                + "\(words.register(lowest.value)) puis a rebondi : la mesure \(words.of(regained)) indique "
                + "\(words.register(regained.value))."
        case .plateau(let lowest, let expected, let moved):
            return "\(stretch), la puissance était de \(words.power(lowest)) ou plus, ce qui donne au moins "
                + "\(words.energy(expected)), mais l'index n'a varié que de \(words.energy(moved))."
        case .registerSpike(let before, let after, let rise, let limit):
            return
                "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized), l'index est passé de "
                + "\(words.register(before.value)) à \(words.register(after.value)) : \(words.energy(rise)) au-dessus "
                + "de sa plus haute valeur antérieure, alors que \(words.energy(limit)) sont possibles au plus."
        case .negative(let lowest, let count, let isExport):
            return "L'index d'énergie \(isExport ? "exportée" : "importée") était négatif "
                + "\(count == 1 ? "une fois" : "\(words.count(count)) fois") ; la mesure la plus basse, "
                + "\(words.register(lowest.value)), a été prise \(words.at(lowest))."
        case .nothingMoved(let energy):
            return "\(stretch), la session a transféré \(words.energy(energy)), et aucune mesure ne dit pourquoi : la "
                + "batterie n'était pas signalée pleine, ni la puissance retenue."
        case .powerLost(let before, let highest, let energy):
            return "\(stretch), la puissance indiquait au plus \(words.power(highest)), après "
                + "\(words.power(before.value)) \(words.at(before)), alors que l'index avançait encore de "
                + "\(words.energy(energy)) : c'est la mesure qui s'est perdue, non la puissance."
        case .powerAboveGreatest(let peak, let greatest, let isRated):
            return "La puissance était de \(words.power(peak.value)) \(words.at(peak)) ; "
                + (isRated
                    ? "la puissance nominale du connecteur permet \(words.power(greatest))."
                    : "sans puissance nominale connue, \(words.power(greatest)) sont tenus pour le maximum possible.")
        case .powerAlone(let peak, let next):
            return "Une mesure isolée, celle \(words.of(peak)), indique \(words.power(peak.value)) ; la suivante par "
                + "ordre de grandeur est de \(words.power(next)), et l'index n'a pas vu un tel pic."
        case .energyAbovePower(let energy, let given):
            return
                "\(stretch), le compteur a compté \(words.energy(energy)), alors que les mesures de puissance donnent "
                + "au plus \(words.energy(given))."
        case .energyBelowPower(let energy, let given):
            return
                "\(stretch), le compteur a compté \(words.energy(energy)), alors que les mesures de puissance donnent "
                + "au moins \(words.energy(given))."
        default: return observationBesides(found, words)
        }
    }

    /// Of the state of charge, the phases, the temperature and the readings themselves.
    private func observationBesides(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .chargeFell(let before, let after, let energy):
            return "\(stretch), l'état de charge est tombé de \(words.percent(before.value)) à "
                + "\(words.percent(after.value)), bien que le véhicule ait importé "
                + "\(words.energy(energy)) entre-temps."
        case .chargeJumped(let before, let after, let energy):
            return "\(stretch), l'état de charge est monté de \(words.percent(before.value)) à "
                + "\(words.percent(after.value)), bien plus que n'explique l'énergie livrée entre-temps "
                + "(\(words.energy(energy)))."
        case .chargeOutside(let worst, let count):
            return "\(count == 1 ? "Un état" : "\(words.count(count)) états") de charge hors de l'intervalle de "
                + "\(words.percent(0)) à \(words.percent(100)) \(count == 1 ? "a été lu" : "ont été lus") ; le plus "
                + "éloigné est de \(words.percent(worst.value)) \(words.at(worst))."
        case .imbalance(let time, let lowest, let lowestPhase, let highest, let highestPhase):
            return "\(stretch), les phases chargées portaient des courants différents ; \(words.at(time)), "
                + "\(words.current(highest)) sur L\(highestPhase) et \(words.current(lowest)) sur L\(lowestPhase)."
        case .voltage(let worst, let phase, let nominal):
            return "\(stretch), la tension de \(phase.wireName) s'est écartée ; la pire mesure est de "
                + "\(words.voltage(worst.value)) \(words.at(worst)), la tension nominale étant de "
                + "\(words.voltage(nominal))."
        case .temperature(let peak, let location, let bound):
            return "La température \(place(location)) a atteint \(words.celsius(peak.value)) \(words.at(peak)) ; la "
                + "limite y est de \(words.celsius(bound))."
        case .gap(let length, let energy):
            return "\(stretch), aucune mesure n'est arrivée pendant \(words.duration(length)), bien que la charge ait "
                + "continué" + (energy.map { " ; l'index a avancé de \(words.energy($0)) entre-temps." } ?? ".")
        default: return "\(stretch), constaté : \(name(found.finding.category))."
        }
    }

    private func place(_ location: Location) -> String {
        switch location {
        case .body: "du boîtier de la borne"
        case .cable: "du câble"
        case .vehicle: "du véhicule"
        case .inlet: "de l'arrivée"
        case .outlet: "de la prise"
        }
    }

    func rule(_ category: AnomalyCategory, _ words: Wording) -> String {
        let limits = words.limits
        return switch category {
        case .registerDecrease:
            "Un index d'énergie importée ne peut que monter ; une baisse de plus de "
                + "\(words.register(limits.register.fall)) est signalée."
        case .energyPit:
            "Un index ne peut pas tomber et retrouver sa valeur par un saut que la puissance n'explique pas."
        case .energyPlateau:
            "L'index doit avancer d'au moins \(words.share(limits.power.plateauShare)) de ce que donne la plus faible "
                + "puissance, à partir d'une durée de \(words.duration(limits.power.plateauSpan))."
        case .energySpike:
            "Entre deux mesures, un index ne peut pas monter de plus que ce que la plus grande puissance donne dans ce "
                + "temps."
        case .energyNegative:
            "Un index part de zéro ; une valeur inférieure à \(words.register(-limits.register.negative)) est signalée."
        case .zeroEnergy:
            "Une session terminée dont l'index a été lu pendant \(words.duration(limits.register.zeroEnergySpan)) ou "
                + "plus devrait transférer \(words.register(limits.register.zeroEnergy)) ou plus."
        case .powerDrop:
            "Une puissance inférieure à \(words.share(limits.power.dropShare)) de la précédente est tenue pour perdue "
                + "quand l'énergie avance encore de \(words.energy(limits.power.dropEnergy)) ou plus."
        case .powerSpike:
            "La puissance ne peut ni dépasser ce que le connecteur peut donner, ni se trouver seule au-dessus de "
                + "\(words.power(limits.power.spikePower)) et de \(words.number(limits.power.spikeFactor)) fois la "
                + "valeur suivante."
        case .powerEnergyMismatch:
            "L'énergie et la puissance peuvent différer de \(words.share(limits.power.mismatchShare)) et de "
                + "\(words.energy(limits.power.mismatchEnergy))."
        case .stateOfChargeDecrease:
            "L'état de charge ne doit pas baisser de \(words.number(limits.stateOfCharge.decrease)) points ou plus "
                + "pendant que \(words.energy(limits.stateOfCharge.decreaseEnergy)) ou plus sont importés."
        case .stateOfChargeJump:
            "Plus de \(words.number(limits.stateOfCharge.jump)) points au-delà de ce que l'énergie explique sont "
                + "signalés."
        case .stateOfChargeOutOfRange:
            "Un état de charge se situe entre \(words.percent(0)) et \(words.percent(100))."
        case .phaseImbalance:
            "Les phases chargées peuvent différer de \(words.share(limits.electrical.imbalanceShare)) du plus grand "
                + "courant."
        case .voltageDeviation:
            "Une phase peut s'écarter de la tension nominale de \(words.share(limits.electrical.voltageShare))."
        case .overheating:
            "Une température de \(words.celsius(limits.electrical.temperature)), au boîtier de la borne de "
                + "\(words.celsius(limits.electrical.temperatureBody)), est dangereuse pour l'installation."
        case .meterValueGap:
            "Une absence de mesures de plus de \(words.duration(limits.gap.duration)) est signalée quand la charge "
                + "continue."
        }
    }

    func advice(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease:
            "À vérifier : une remise à zéro ou un échange du compteur, des mesures interverties, et la facture de "
                + "cette session."
        case .energyPit:
            "À vérifier : des messages perdus ou tardifs ; l'énergie de la session elle-même est sans doute juste."
        case .energyPlateau: "À vérifier : le compteur sur place ; de l'énergie n'est peut-être pas facturée."
        case .energySpike: "À vérifier avant de facturer : l'unité envoyée par la borne (Wh ou kWh) et le compteur."
        case .energyNegative:
            "À vérifier : la configuration et le câblage du compteur ; branché à l'envers, il compte à rebours."
        case .zeroEnergy:
            "À vérifier : le câble, le contacteur et la communication avec le véhicule, peut-être reparti sans charge."
        case .powerDrop: "À vérifier : la mesure de puissance de la borne ; la facture suit l'index."
        case .powerSpike: "À vérifier : la mesure de puissance et son unité ; l'index n'est pas touché."
        case .powerEnergyMismatch:
            "À vérifier : les deux mesures sur place ; l'une est fausse, et la facture suit l'index."
        case .stateOfChargeDecrease:
            "À vérifier : si le véhicule indique la valeur d'une autre batterie ou consomme en même temps."
        case .stateOfChargeJump:
            "À vérifier : les indications du véhicule ; certains corrigent leur estimation pendant la charge."
        case .stateOfChargeOutOfRange: "À vérifier : comment la borne décode le message du véhicule."
        case .phaseImbalance: "À vérifier : le câblage, les fusibles et le contacteur de la phase faible."
        case .voltageDeviation: "À vérifier : le raccordement au réseau, le neutre et la mesure de tension."
        case .overheating: "Faire inspecter la fiche, le câble et les connexions avant la prochaine session."
        case .meterValueGap: "À vérifier : la connexion de la borne ; ce qui s'est passé entre-temps ne peut être jugé."
        }
    }

    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String {
        "**\(count == 1 ? "Une anomalie a été trouvée" : "\(words.count(count)) anomalies ont été trouvées")** dans "
            + "cette session du \(words.day) (score \(words.number(facts.verdict?.score ?? 0)) sur 1, confiance "
            + "\(words.number(facts.verdict?.confidence ?? 0)))."
    }

    func clean(_ facts: SessionStory, _ words: Wording) -> String {
        "**Aucune anomalie n'a été trouvée** dans cette session du \(words.day) (score "
            + "\(words.number(facts.verdict?.score ?? 0)) sur 1 ; le signalement commence à \(words.number(0.5)))."
    }

    func rulesKept(_ readings: Int, _ words: Wording) -> String {
        "Ses \(words.count(readings)) mesures respectent les "
            + "\(words.count(AnomalyCategory.allCases.count)) règles."
    }

    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String {
        "La session a livré \(words.energy(energy)) en \(words.duration(milliseconds))."
    }

    func reconstructed(_ count: Int, of total: Int) -> String {
        count == 1
            ? "Une mesure sur \(total) a été calculée par l'expéditeur, ce qui réduit la confiance."
            : "\(count) mesures sur \(total) ont été calculées par l'expéditeur, ce qui réduit la confiance."
    }

    var filled: String { "Les lacunes de l'état de charge ont été comblées à partir de l'énergie." }
    var incident: String {
        "C'est un incident : assez grave et assez sûr pour que quelqu'un s'en occupe tout de suite."
    }
    var recurring: String {
        "Ce n'est pas la première fois : une anomalie du même genre a été trouvée sur ce connecteur dans les 30 jours "
            + "précédents."
    }

    func severity(_ score: String) -> String { "score \(score)" }

    func answer(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .noVerdict(let readings, let needed):
            "Cette session n'a pas encore de verdict : elle a "
                + "\(readings == 1 ? "une mesure" : "\(words.count(readings)) mesures"), il en faut "
                + "\(words.count(needed))."
        case .noReadings: "Aucune mesure de cette session n'est encore enregistrée ; il n'y a donc rien à dire."
        case .fallenReading(let before, let after):
            "La mesure \(words.of(after)) indique \(words.register(after.value)), soit "
                + "\(words.register(before.value - after.value)) de moins que la précédente."
        case .noFall: "Aucune mesure n'a fait baisser l'index au-delà de l'arrondi."
        case .energy(let energy): "La session a livré \(words.energy(energy))."
        case .noEnergy: "L'index n'a pas été lu deux fois ; l'énergie livrée est donc inconnue."
        case .duration(let start, let end, let charging):
            "Les mesures durent \(words.duration(end - start)), \(words.between(start, end))."
                + (charging.map {
                    " L'énergie a circulé \(words.between($0.lowerBound, $0.upperBound)), soit "
                        + "\(words.duration($0.upperBound - $0.lowerBound))."
                } ?? "")
        case .power(let trend):
            "La plus haute puissance était de \(words.power(trend.highest.value)) \(words.at(trend.highest)), la plus "
                + "basse de \(words.power(trend.lowest.value)) \(words.at(trend.lowest))."
        case .noPower: "Aucune puissance n'a été mesurée dans cette session."
        case .charge(let trend):
            "L'état de charge était de \(words.percent(trend.first.value)) à la première mesure, "
                + "\(words.at(trend.first)), et de \(words.percent(trend.last.value)) à la dernière, "
                + "\(words.at(trend.last))."
        case .noCharge: "Aucun état de charge n'a été lu ; on ne peut dire à quel point la batterie est pleine."
        case .chargeFull(let point): "La batterie a atteint \(words.percent(point.value)) \(words.at(point))."
        default: answerBesides(topic, words)
        }
    }

    /// Of the verdict, and of what is seldom measured.
    private func answerBesides(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .completed(let isCompleted):
            isCompleted ? "La session est marquée comme terminée." : "La session n'est pas marquée comme terminée."
        case .zeroEnergyMoved: "Aucune énergie n'a été transférée ; il n'y a donc pas eu de charge."
        case .serious(let isIncident, let score, let confidence):
            (isIncident
                ? "Oui, c'est un incident dont quelqu'un devrait s'occuper tout de suite" : "Ce n'est pas un incident")
                + " : score \(words.number(score)) sur 1, confiance \(words.number(confidence))."
        case .notAnomalous(let score):
            "La session n'est pas anormale : score \(words.number(score)), la limite étant de \(words.number(0.5))."
        case .recurring(let isRecurring):
            isRecurring
                ? recurring
                : "Aucune anomalie du même genre n'a été trouvée sur ce connecteur dans les 30 jours précédents."
        case .temperature(let trend):
            "La plus haute température était de \(words.celsius(trend.highest.value)) \(words.at(trend.highest)), la "
                + "plus basse de \(words.celsius(trend.lowest.value))."
        case .noTemperature: "Aucune température n'a été mesurée dans cette session."
        case .voltage(let trend):
            "Les tensions des phases étaient comprises entre \(words.voltage(trend.lowest.value)) et "
                + "\(words.voltage(trend.highest.value))."
        case .noVoltage: "Aucune tension de phase n'a été mesurée dans cette session."
        case .current(let trend):
            "Les courants des phases étaient compris entre \(words.current(trend.lowest.value)) et "
                + "\(words.current(trend.highest.value))."
        case .noCurrent: "Aucun courant de phase n'a été mesuré dans cette session."
        case .readings(let count, let reconstructed):
            (count == 1 ? "Une mesure est enregistrée" : "\(words.count(count)) mesures sont enregistrées")
                + (reconstructed == 0
                    ? "." : " ; calculées par l'expéditeur : \(words.count(reconstructed)).")
        case .noGap: "Aucune interruption des mesures n'a été trouvée pendant la charge."
        case .onlyThisSession: "On ne peut parler ici que de cette seule session."
        default: "Les mesures enregistrées ne permettent pas de trancher. Ce que l'on sait :"
        }
    }
}
