import AnomalyDetection

/// Spanish.
struct SpanishPhrases: Phrasebook {
    /// Four digits stand without a separator.
    var style: NumberStyle { NumberStyle(decimal: ",", group: ".", leastGroupedDigits: 5, beforePercent: " ") }

    private static let months = [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ]

    func date(_ moment: CivilMoment, year: Bool) -> String {
        "\(moment.day) de \(Self.months[moment.month - 1])" + (year ? " de \(moment.year)" : "")
    }

    /// One o'clock is singular.
    private func clock(_ moment: CivilMoment) -> String { (moment.hour == 1 ? "la " : "las ") + moment.clock }

    func at(_ moment: CivilMoment, day: Bool) -> String {
        (day ? "el \(date(moment, year: false)) " : "") + "a \(clock(moment)) UTC"
    }

    func of(_ moment: CivilMoment, day: Bool) -> String {
        day ? "del \(date(moment, year: false)) a \(clock(moment)) UTC" : "de \(clock(moment)) UTC"
    }

    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String {
        guard day else { return "entre \(clock(start)) y \(clock(end)) UTC" }
        return "entre el \(date(start, year: false)) a \(clock(start)) y el \(date(end, year: false)) a "
            + "\(clock(end)) UTC"
    }

    var units: (hour: [String], minute: [String], second: [String], and: String) {
        (["hora", "horas"], ["minuto", "minutos"], ["segundo", "segundos"], "y")
    }

    func name(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease: "Descenso del contador"
        case .energyPit: "Caída pasajera del contador"
        case .energyPlateau: "Contador detenido"
        case .energySpike: "Salto del contador"
        case .energyNegative: "Contador negativo"
        case .zeroEnergy: "Sin energía"
        case .powerDrop: "Lectura de potencia perdida"
        case .powerSpike: "Pico de potencia"
        case .powerEnergyMismatch: "Potencia y energía no concuerdan"
        case .stateOfChargeDecrease: "Descenso del estado de carga"
        case .stateOfChargeJump: "Salto del estado de carga"
        case .stateOfChargeOutOfRange: "Estado de carga imposible"
        case .phaseImbalance: "Desequilibrio de fases"
        case .voltageDeviation: "Desviación de tensión"
        case .overheating: "Sobrecalentamiento"
        case .meterValueGap: "Interrupción de las lecturas"
        }
    }

    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .registerFall(let before, let after):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized), el contador de "
                + "energía importada bajó de \(words.register(before.value)) a \(words.register(after.value)), es "
                + "decir, \(words.register(before.value - after.value)) menos, y siguió desde ese nivel."
        case .registerPit(let before, let lowest, let regained):
            return "\(stretch), el contador de energía importada bajó de \(words.register(before.value)) a "
                + "\(words.register(lowest.value)) y volvió de un salto: la lectura \(words.of(regained)) muestra "
                + "\(words.register(regained.value))."
        case .plateau(let lowest, let expected, let moved):
            return "\(stretch), la potencia fue de \(words.power(lowest)) o más, lo que da al menos "
                + "\(words.energy(expected)), pero el contador solo se movió \(words.energy(moved))."
        case .registerSpike(let before, let after, let rise, let limit):
            return "\(words.between(before.timeMilliseconds, after.timeMilliseconds).capitalized), el contador pasó de "
                + "\(words.register(before.value)) a \(words.register(after.value)): \(words.energy(rise)) por encima "
                + "de su valor anterior más alto, cuando como máximo son posibles \(words.energy(limit))."
        case .negative(let lowest, let count, let isExport):
            return "El contador de energía \(isExport ? "exportada" : "importada") estuvo por debajo de cero "
                + "\(count == 1 ? "una vez" : "\(words.count(count)) veces"); la lectura más baja, "
                + "\(words.register(lowest.value)), se tomó \(words.at(lowest))."
        case .nothingMoved(let energy):
            return "\(stretch), la sesión transfirió \(words.energy(energy)) y ninguna lectura dice por qué: ni la "
                + "batería constaba como llena ni la potencia como retenida."
        case .powerLost(let before, let highest, let energy):
            return "\(stretch), la potencia marcó como máximo \(words.power(highest)), después de "
                + "\(words.power(before.value)) \(words.at(before)), mientras el contador avanzó "
                + "\(words.energy(energy)): se perdió la lectura, no la potencia."
        case .powerAboveGreatest(let peak, let greatest, let isRated):
            return "La potencia fue de \(words.power(peak.value)) \(words.at(peak)); "
                + (isRated
                    ? "la potencia nominal del conector permite \(words.power(greatest))."
                    : "sin potencia nominal conocida, se da por posible un máximo de \(words.power(greatest)).")
        case .powerAlone(let peak, let next):
            return "Una sola lectura, la \(words.of(peak)), muestra \(words.power(peak.value)); la siguiente más alta "
                + "de la sesión es de \(words.power(next)), y el contador no registró tal pico."
        case .energyAbovePower(let energy, let given):
            return "\(stretch), el contador registró \(words.energy(energy)), aunque las lecturas de potencia dan como "
                + "máximo \(words.energy(given))."
        case .energyBelowPower(let energy, let given):
            return "\(stretch), el contador registró \(words.energy(energy)), aunque las lecturas de potencia dan como "
                + "mínimo \(words.energy(given))."
        default: return observationBesides(found, words)
        }
    }

    /// Of the state of charge, the phases, the temperature and the readings themselves.
    private func observationBesides(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let stretch = words.stretch(found.finding).capitalized
        switch found.detail {
        case .chargeFell(let before, let after, let energy):
            return "\(stretch), el estado de carga bajó del \(words.percent(before.value)) al "
                + "\(words.percent(after.value)), aunque entretanto el vehículo tomó \(words.energy(energy))."
        case .chargeJumped(let before, let after, let energy):
            return "\(stretch), el estado de carga subió del \(words.percent(before.value)) al "
                + "\(words.percent(after.value)), mucho más de lo que explica la energía entregada "
                + "entretanto (\(words.energy(energy)))."
        case .chargeOutside(let worst, let count):
            return "Se \(count == 1 ? "leyó un estado" : "leyeron \(words.count(count)) estados") de carga fuera del "
                + "intervalo entre el \(words.percent(0)) y el \(words.percent(100)); el más alejado es del "
                + "\(words.percent(worst.value)) \(words.at(worst))."
        case .imbalance(let time, let lowest, let lowestPhase, let highest, let highestPhase):
            return "\(stretch), las fases cargadas llevaban corrientes distintas; \(words.at(time)), "
                + "\(words.current(highest)) en L\(highestPhase) y \(words.current(lowest)) en L\(lowestPhase)."
        case .voltage(let worst, let phase, let nominal):
            return "\(stretch), la tensión de \(phase.wireName) se desvió; la peor lectura es de "
                + "\(words.voltage(worst.value)) \(words.at(worst)), y la tensión nominal es de "
                + "\(words.voltage(nominal))."
        case .temperature(let peak, let location, let bound):
            return
                "La temperatura \(place(location)) alcanzó \(words.celsius(peak.value)) \(words.at(peak)); el límite "
                + "allí es de \(words.celsius(bound))."
        case .gap(let length, let energy):
            return "\(stretch), no llegó ninguna lectura durante \(words.duration(length)), aunque la carga continuó"
                + (energy.map { "; entretanto el contador avanzó \(words.energy($0))." } ?? ".")
        default: return "\(stretch), se observó: \(name(found.finding.category))."
        }
    }

    private func place(_ location: Location) -> String {
        switch location {
        case .body: "de la carcasa de la estación"
        case .cable: "del cable"
        case .vehicle: "del vehículo"
        case .inlet: "de la entrada"
        case .outlet: "de la toma"
        }
    }

    func rule(_ category: AnomalyCategory, _ words: Wording) -> String {
        let limits = words.limits
        return switch category {
        case .registerDecrease:
            "Un contador de energía importada solo puede subir; se notifica un descenso de más de "
                + "\(words.register(limits.register.fall))."
        case .energyPit:
            "Un contador no puede bajar y recuperar su valor con un salto que la potencia no explica."
        case .energyPlateau:
            "El contador debe moverse al menos un \(words.share(limits.power.plateauShare)) de lo que da la potencia "
                + "más baja, a partir de una duración de \(words.duration(limits.power.plateauSpan))."
        case .energySpike:
            "Entre dos lecturas, un contador no puede subir más de lo que la mayor potencia da en ese tiempo."
        case .energyNegative:
            "Un contador empieza en cero; se notifica un valor inferior a "
                + "\(words.register(-limits.register.negative))."
        case .zeroEnergy:
            "Una sesión terminada cuyo contador se leyó durante \(words.duration(limits.register.zeroEnergySpan)) o "
                + "más debería transferir \(words.register(limits.register.zeroEnergy)) o más."
        case .powerDrop:
            "Una potencia inferior al \(words.share(limits.power.dropShare)) de la anterior se da por perdida cuando "
                + "la energía avanza \(words.energy(limits.power.dropEnergy)) o más."
        case .powerSpike:
            "La potencia no puede superar lo que el conector puede dar, ni estar sola por encima de "
                + "\(words.power(limits.power.spikePower)) y de \(words.number(limits.power.spikeFactor)) veces la "
                + "siguiente más alta."
        case .powerEnergyMismatch:
            "La energía y la potencia pueden diferir en un \(words.share(limits.power.mismatchShare)) y en "
                + "\(words.energy(limits.power.mismatchEnergy))."
        case .stateOfChargeDecrease:
            "El estado de carga no debe bajar \(words.number(limits.stateOfCharge.decrease)) puntos o más mientras se "
                + "importan \(words.energy(limits.stateOfCharge.decreaseEnergy)) o más."
        case .stateOfChargeJump:
            "Se notifican más de \(words.number(limits.stateOfCharge.jump)) puntos por encima de lo que explica la "
                + "energía."
        case .stateOfChargeOutOfRange:
            "Un estado de carga está entre el \(words.percent(0)) y el \(words.percent(100))."
        case .phaseImbalance:
            "Las fases cargadas pueden diferir en un \(words.share(limits.electrical.imbalanceShare)) de la corriente "
                + "mayor."
        case .voltageDeviation:
            "Una fase puede desviarse de la tensión nominal en un \(words.share(limits.electrical.voltageShare))."
        case .overheating:
            "Una temperatura de \(words.celsius(limits.electrical.temperature)), en la carcasa de la estación de "
                + "\(words.celsius(limits.electrical.temperatureBody)), es peligrosa para el equipo."
        case .meterValueGap:
            "Se notifica una falta de lecturas de más de \(words.duration(limits.gap.duration)) cuando la carga "
                + "continúa."
        }
    }

    func advice(_ category: AnomalyCategory) -> String {
        switch category {
        case .registerDecrease:
            "Conviene revisar si el contador se reinició o se cambió, si hay lecturas intercambiadas, y la factura de "
                + "esta sesión."
        case .energyPit:
            "Conviene buscar mensajes perdidos o tardíos; la energía de la sesión es probablemente correcta."
        case .energyPlateau:
            "Conviene comprobar el contador en el lugar; quizá haya energía que no se factura."
        case .energySpike:
            "Antes de facturar conviene revisar la unidad que envía la estación (Wh o kWh) y el contador."
        case .energyNegative:
            "Conviene revisar la configuración y el cableado del contador; conectado al revés cuenta hacia atrás."
        case .zeroEnergy:
            "Conviene revisar el cable, el contactor y la comunicación con el vehículo; quizá se fue sin cargar."
        case .powerDrop:
            "Conviene revisar la medición de potencia de la estación; la factura sigue al contador."
        case .powerSpike:
            "Conviene revisar la medición de potencia y su unidad; el contador no se ve afectado."
        case .powerEnergyMismatch:
            "Conviene comparar ambas mediciones en el lugar; una es errónea, y la factura sigue al contador."
        case .stateOfChargeDecrease:
            "Conviene revisar si el vehículo indica el valor de otra batería o consume entretanto."
        case .stateOfChargeJump:
            "Conviene revisar lo que indica el vehículo; algunos corrigen su estimación durante la carga."
        case .stateOfChargeOutOfRange: "Conviene revisar cómo descifra la estación el mensaje del vehículo."
        case .phaseImbalance: "Conviene revisar el cableado, los fusibles y el contactor de la fase débil."
        case .voltageDeviation: "Conviene revisar la conexión a la red, el neutro y la medición de tensión."
        case .overheating: "Hay que inspeccionar el enchufe, el cable y las conexiones antes de la próxima sesión."
        case .meterValueGap:
            "Conviene revisar la conexión de la estación; lo que ocurrió entretanto no se puede juzgar."
        }
    }

    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String {
        "**Se \(count == 1 ? "encontró una anomalía" : "encontraron \(words.count(count)) anomalías")** en esta sesión "
            + "del \(words.day) (puntuación \(words.number(facts.verdict?.score ?? 0)) de 1, confianza "
            + "\(words.number(facts.verdict?.confidence ?? 0)))."
    }

    func clean(_ facts: SessionStory, _ words: Wording) -> String {
        "**No se encontró ninguna anomalía** en esta sesión del \(words.day) (puntuación "
            + "\(words.number(facts.verdict?.score ?? 0)) de 1; se notifica a partir de \(words.number(0.5)))."
    }

    func rulesKept(_ readings: Int, _ words: Wording) -> String {
        "Sus \(words.count(readings)) lecturas cumplen las "
            + "\(words.count(AnomalyCategory.allCases.count)) reglas."
    }

    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String {
        "La sesión entregó \(words.energy(energy)) en \(words.duration(milliseconds))."
    }

    func reconstructed(_ count: Int, of total: Int) -> String {
        count == 1
            ? "El remitente calculó una de las \(total) lecturas, lo que reduce la confianza."
            : "El remitente calculó \(count) de las \(total) lecturas, lo que reduce la confianza."
    }

    var filled: String { "Los huecos del estado de carga se completaron a partir de la energía." }
    var incident: String {
        "Es un incidente: lo bastante grave y seguro como para que alguien se ocupe de inmediato."
    }
    var recurring: String {
        "No es la primera vez: en los 30 días anteriores se encontró una anomalía del mismo tipo en este conector."
    }

    func severity(_ score: String) -> String { "puntuación \(score)" }

    func answer(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .noVerdict(let readings, let needed):
            "Esta sesión aún no tiene veredicto: tiene "
                + "\(readings == 1 ? "una lectura" : "\(words.count(readings)) lecturas") y se necesitan "
                + "\(words.count(needed))."
        case .noReadings: "Aún no hay lecturas guardadas de esta sesión, así que no hay nada que decir."
        case .fallenReading(let before, let after):
            "La lectura \(words.of(after)) muestra \(words.register(after.value)), "
                + "\(words.register(before.value - after.value)) menos que la anterior."
        case .noFall: "Ninguna lectura hizo bajar el contador más allá del redondeo."
        case .energy(let energy): "La sesión entregó \(words.energy(energy))."
        case .noEnergy: "El contador no se leyó dos veces, así que no se conoce la energía entregada."
        case .duration(let start, let end, let charging):
            "Las lecturas duran \(words.duration(end - start)), \(words.between(start, end))."
                + (charging.map {
                    " La energía fluyó \(words.between($0.lowerBound, $0.upperBound)), durante "
                        + "\(words.duration($0.upperBound - $0.lowerBound))."
                } ?? "")
        case .power(let trend):
            "La potencia más alta fue de \(words.power(trend.highest.value)) \(words.at(trend.highest)); la más baja, "
                + "de \(words.power(trend.lowest.value)) \(words.at(trend.lowest))."
        case .noPower: "En esta sesión no se midió la potencia."
        case .charge(let trend):
            "El estado de carga era del \(words.percent(trend.first.value)) en la primera lectura, "
                + "\(words.at(trend.first)), y del \(words.percent(trend.last.value)) en la última, "
                + "\(words.at(trend.last))."
        case .noCharge: "No se leyó ningún estado de carga; no se puede decir cuán llena está la batería."
        case .chargeFull(let point): "La batería alcanzó el \(words.percent(point.value)) \(words.at(point))."
        default: answerBesides(topic, words)
        }
    }

    /// Of the verdict, and of what is seldom measured.
    private func answerBesides(_ topic: AnswerTopic, _ words: Wording) -> String {
        switch topic {
        case .completed(let isCompleted):
            isCompleted ? "La sesión consta como terminada." : "La sesión no consta como terminada."
        case .zeroEnergyMoved: "No se transfirió energía, así que no hubo carga."
        case .serious(let isIncident, let score, let confidence):
            (isIncident ? "Sí, es un incidente del que alguien debería ocuparse de inmediato" : "No es un incidente")
                + ": puntuación \(words.number(score)) de 1, confianza \(words.number(confidence))."
        case .notAnomalous(let score):
            "La sesión no es anómala: puntuación \(words.number(score)), y el límite es \(words.number(0.5))."
        case .recurring(let isRecurring):
            isRecurring
                ? recurring
                : "En los 30 días anteriores no se encontró ninguna anomalía del mismo tipo en este conector."
        case .temperature(let trend):
            "La temperatura más alta fue de \(words.celsius(trend.highest.value)) \(words.at(trend.highest)); la más "
                + "baja, de \(words.celsius(trend.lowest.value))."
        case .noTemperature: "En esta sesión no se midió la temperatura."
        case .voltage(let trend):
            "Las tensiones de las fases estuvieron entre \(words.voltage(trend.lowest.value)) y "
                + "\(words.voltage(trend.highest.value))."
        case .noVoltage: "En esta sesión no se midió la tensión de ninguna fase."
        case .current(let trend):
            "Las corrientes de las fases estuvieron entre \(words.current(trend.lowest.value)) y "
                + "\(words.current(trend.highest.value))."
        case .noCurrent: "En esta sesión no se midió la corriente de ninguna fase."
        case .readings(let count, let reconstructed):
            (count == 1 ? "Hay una lectura guardada" : "Hay \(words.count(count)) lecturas guardadas")
                + (reconstructed == 0
                    ? "." : "; calculadas por el remitente: \(words.count(reconstructed)).")
        case .noGap: "No se encontró ninguna interrupción de las lecturas durante la carga."
        case .onlyThisSession: "Aquí solo se puede hablar de esta sesión."
        default: "Las lecturas guardadas no lo aclaran. Lo que se sabe:"
        }
    }
}
