/// The beginnings of words by which questions are told apart, in English, German, French, Spanish and Dutch, without
/// marks. One that ends in a space is a whole word.
enum QuestionWords {
    static let subjects: [(QuestionReader.Intent, [String])] = [
        (
            .energy,
            [
                "energ", "kwh", "how much was charged", "wie viel wurde geladen", "wieviel wurde geladen", "delivered",
                "geliefert", "geleverd", "livre ", "livree", "entrego", "entregad",
            ]
        ),
        (
            .duration,
            [
                "how long", "duration", "wie lange", "dauer", "combien de temps", "duree", "cuanto tiempo",
                "cuanto duro",
                "duracion", "hoe lang", "hoelang", "duur ", "duurde",
            ]
        ),
        (.power, ["power", "kw ", "leistung", "puissance", "potencia", "vermogen", "how fast", "wie schnell"]),
        (
            .stateOfCharge,
            [
                "soc ", "state of charge", "batter", "percent", "ladestand", "ladezustand", "akku", "prozent",
                "etat de charge", "pourcent", "estado de carga", "bateria", "porcentaje", "laadtoestand", "accu ",
                "procent",
            ]
        ),
        (
            .completeness,
            [
                "complet", "finished", "full ", "fully", "vollstandig", "fertig", "abgeschlossen", "voll ", "beendet",
                "terminee", "pleine", "termino", "llena", "volledig", "afgerond", "vol ", "klaar",
            ]
        ),
        (
            .temperature,
            [
                "temperatu", "hot ", "heat", "heiss", "warm", "chaud", "chaleur", "caliente", "calor", "heet ",
                "uberhitz", "surchauffe", "oververhit",
            ]
        ),
        (.voltage, ["volt", "spannung", "tension", "spanning"]),
        (.current, ["current", "amp ", "amps", "amper", "phase", "strom", "courant", "corriente", "fase", "stroom"]),
        (
            .readings,
            ["how many", "wie viele", "wieviele", "combien de mesures", "cuantas lecturas", "hoeveel metingen"]
        ),
        (
            .gap,
            [
                "gap", "missing", "lucke", "fehl", "interrup", "manqu", "faltan", "hueco", "gat ", "ontbre", "unterbr",
            ]
        ),
        (
            .why,
            [
                "why", "reason", "cause", "explain", "anomal", "wrong", "problem", "what happened", "warum", "wieso",
                "weshalb", "grund", "ursache", "auffallig", "erklar", "passiert", "pourquoi", "raison", "expliq",
                "anormal", "s est passe", "por que", "razon", "causa", "que paso", "waarom", "reden", "oorzaak",
                "afwijk", "uitleg", "gebeurd", "probleem", "fout",
            ]
        ),
        (
            .seriousness,
            [
                "serious", "sever", "danger", "urgent", "incident", "worr", "critical", "how bad", "schlimm", "ernst",
                "gefahr ", "gefahrl", "dringend", "vorfall", "kritisch", "grave", "peligro", "critic", "erg ", "gevaar",
                "kritiek",
            ]
        ),
        (
            .when,
            [
                "when ", "what time", "at which time", "wann", "uhr", "quand", "quelle heure", "cuando", "que hora",
                "wanneer", "hoe laat",
            ]
        ),
    ]

    static let fall = [
        "fall ", "falls", "fell", "falling", "drop", "decreas", "go down", "went down", "gone down", "going down",
        "fiel", "gefallen", "sinken", "sank", "gesunken", "zuruckgegang", "zuruckgeh", "runter", "abgenommen", "baiss",
        "tomb", "diminu", "recul", "bajo ", "bajar", "baje", "disminu", "cayo", "caida", "descen", "daal", "dalen",
        "gedaald", "zakte", "gezakt", "omlaag",
    ]

    static let recurrence = [
        "happen before", "happened before", "seen before", "occurred before", "recurr", "first time", "repeat",
        "schon einmal", "schon mal", "wiederhol", "ersten mal", "erste mal", "fruher", "deja", "recurren",
        "premiere fois", "auparavant", "ya ocurr", "ya paso", "ha ocurrido antes", "primera vez", "repet", "eerder",
        "al eens", "eerste keer", "vaker", "herhaal",
    ]

    static let otherSessions = [
        "other session", "another session", "other tenant", "other customer", "all sessions", "every session",
        "other station", "andere ladung", "anderen ladung", "anderer ladung", "andere mandant", "alle ladungen",
        "autre session", "autres session", "autre client", "toutes les session", "otra sesion", "otras sesion",
        "otro cliente", "todas las sesion", "andere sessie", "andere klant", "alle sessies",
    ]

    static let money = [
        "cost", "price", "pay ", "paid", "invoice", "bill", "kosten", "kostet", "preis", "bezahl", "rechnung", "cout",
        "prix", "paye", "factur", "precio", "cuesta", "costo", "pagar", "prijs", "rekening", "betaal", "kostte",
    ]
}
