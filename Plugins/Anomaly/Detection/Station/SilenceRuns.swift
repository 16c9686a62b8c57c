import Glibc

/// How unusual it is for a station to be idle as long as it has been.
enum SilenceRuns {
    /// The negative decimal logarithm of the chance of a run of idle days as long as the one that the judged day
    /// continues; 0 when the day has energy.
    ///
    /// The chance that an idle run goes on is counted among the station's own days: once for the first day of a run,
    /// once for those that follow, so that a station that closes for weeks at a time is not taken for a broken one.
    static func surprise(_ days: DailyEnergy) -> Double {
        guard days.today <= 0 else { return 0 }
        var began = 0.5
        var busy = 1.0
        var continued = 0.5
        var idle = 1.0
        var run = 0
        for energy in days.past {
            if run == 0 { busy += 1 } else { idle += 1 }
            if energy <= 0 {
                if run == 0 { began += 1 } else { continued += 1 }
                run += 1
            } else {
                run = 0
            }
        }
        // The days of the present run are what is judged: they are no evidence of what is usual.
        if run > 0 {
            began -= 1
            busy -= 1
            continued -= Double(run - 1)
            idle -= Double(run - 1)
        }
        return -log10(began / busy) - Double(run) * log10(continued / idle)
    }
}
