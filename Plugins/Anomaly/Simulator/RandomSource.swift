public import AnomalyDetection

/// The simulator's random numbers: the same seed gives the same numbers on every machine.
public typealias RandomSource = SeededRandom
