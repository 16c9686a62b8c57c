import Glibc

/// How unusual it is for a station to be idle as long as it has been.
struct SilenceRuns {
    /// Idle days in a row up to and with the judged one; 0 when that has energy.
    let length: Int
    /// The negative decimal logarithm of the chance of such a run.
    ///
    /// The chance that an idle run begins, and that it goes on, are counted among the station's own days, so that
    /// neither a station that is idle every weekend nor one that closes for weeks at a time is taken for a broken one.
    let surprise: Double

    init(_ days: DailyEnergy) {
        guard days.today.total <= 0 else {
            length = 0
            surprise = 0
            return
        }
        var began = 0.5
        var busy = 1.0
        var continued = 0.5
        var idle = 1.5
        var run = 0
        for day in days.past {
            let isIdle = day.total <= 0
            if run == 0 {
                busy += 1
                if isIdle { began += 1 }
            } else {
                idle += 1
                if isIdle { continued += 1 }
            }
            run = isIdle ? run + 1 : 0
        }
        // The days of the present run are what is judged: they are no evidence of what is usual.
        if run > 0 {
            began -= 1
            busy -= 1
            continued -= Double(run - 1)
            idle -= Double(run - 1)
        }
        length = run + 1
        surprise = -log10(began / busy) - Double(run) * log10(continued / idle)
    }
}
