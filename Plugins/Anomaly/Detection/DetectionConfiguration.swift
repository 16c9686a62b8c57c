/// The thresholds of the rules. The defaults are the rules as published: the least that must be found.
///
/// Energies are in kWh, powers in kW, states of charge in points, and times in milliseconds.
public struct DetectionConfiguration: Sendable, Equatable {
    /// What is known of the installation.
    public var installation = Installation()
    /// Thresholds of the rules about the registers of energy.
    public var register = Register()
    /// Thresholds of the rules that set power against energy.
    public var power = Power()
    /// Thresholds of the rules about the state of charge.
    public var stateOfCharge = StateOfCharge()
    /// Thresholds of the rules about currents, voltages and temperatures.
    public var electrical = Electrical()
    /// Thresholds of the rule about missing readings.
    public var gap = Gap()
    /// How fast scores grow.
    public var severity = Severity()
    /// How sure findings are.
    public var confidence = ConfidenceWeights()

    /// The rules as published.
    public init() {}

    /// The greatest power in kW that a session can have.
    /// - Parameter facts: What is known of the session.
    public func greatestPower(_ facts: SessionFacts) -> Double {
        guard let rated = facts.maximumPowerKilowatts else { return installation.greatestPowerUnrated }
        return rated * installation.ratingAllowance
    }

    /// What is known of the installation.
    public struct Installation: Sendable, Equatable {
        /// Nominal voltage between a phase and neutral, in V.
        public var nominalVoltage = 230.0
        /// Greatest power in kW where the connector's rating is unknown.
        public var greatestPowerUnrated = 400.0
        /// Factor from a connector's rating to the greatest power.
        public var ratingAllowance = 1.15

        /// What is taken for granted where nobody says otherwise.
        public init() {}
    }

    /// Thresholds of the rules about the registers of energy.
    public struct Register: Sendable, Equatable {
        /// A fall up to this is none.
        public var fall = 0.02
        /// A fall of less than this, to the earlier value cut or rounded to such steps, is rounding.
        public var roundingStep = 0.1
        /// Share of the fall by which a rise must exceed what was charged to be a jump back.
        public var jumpShare = 0.5
        /// Allowance of a spike beyond what the greatest power gives.
        public var spike = 1.0
        /// Time added to that between two readings where the rating is unknown.
        public var spikeAllowance: Int64 = 60_000
        /// Time added to that between two readings where the rating is known, as some registers are refreshed late.
        public var spikeAllowanceRated: Int64 = 900_000
        /// A register below zero by up to this is not negative.
        public var negative = 0.02
        /// A completed session that moved less than this moved nothing.
        public var zeroEnergy = 0.05
        /// How long the register must have been read for a session to count as having moved nothing.
        public var zeroEnergySpan: Int64 = 600_000
        /// A state of charge from which a session that moves nothing is understood.
        public var zeroEnergyFull = 95.0
        /// How late a register may be refreshed.
        public var refresh: Int64 = 900_000
    }

    /// Thresholds of the rules that set power against energy.
    public struct Power: Sendable, Equatable {
        /// From this power on a session is charging.
        public var charging = 1.0
        /// How far a reading of power may be from one of the register to be of the same moment.
        public var sameMoment: Int64 = 60_000
        /// Plateau: number of power readings.
        public var plateauReadings = 3
        /// Plateau: shortest span.
        public var plateauSpan: Int64 = 1_200_000
        /// Plateau: greatest distance between two power readings.
        public var plateauDistance: Int64 = 1_200_000
        /// Plateau: share of the expected energy under which the register stands still.
        public var plateauShare = 0.1
        /// Plateau: least energy expected.
        public var plateauEnergy = 0.5
        /// Drop: share of the power before under which a reading is lost.
        public var dropShare = 0.1
        /// Drop: number of lost readings.
        public var dropReadings = 5
        /// Drop: shortest span of the lost readings.
        public var dropSpan: Int64 = 300_000
        /// Drop: greatest distance between two lost readings.
        public var dropDistance: Int64 = 300_000
        /// Drop: least energy that went on.
        public var dropEnergy = 0.3
        /// Drop: least share of what the power before gives that went on.
        public var dropEnergyShare = 0.5
        /// Spike: number of readings that show charging.
        public var spikeReadings = 5
        /// Spike: least power of a single high reading.
        public var spikePower = 5.0
        /// Spike: factor between the single high reading and the next highest.
        public var spikeFactor = 3.0
        /// Spike: greatest distance of the readings before and after.
        public var spikeDistance: Int64 = 300_000
        /// Spike: energy allowed beyond what the next highest power gives.
        public var spikeEnergy = 0.2
        /// Mismatch: number of power readings.
        public var mismatchReadings = 6
        /// Mismatch: greatest distance between two power readings.
        public var mismatchDistance: Int64 = 1_200_000
        /// Mismatch: share of the expected energy.
        public var mismatchShare = 0.25
        /// Mismatch: energy.
        public var mismatchEnergy = 1.0
    }

    /// Thresholds of the rules about the state of charge.
    public struct StateOfCharge: Sendable, Equatable {
        /// Decrease: points lost.
        public var decrease = 3.0
        /// Decrease: energy imported meanwhile.
        public var decreaseEnergy = 0.5
        /// Decrease: average power meanwhile.
        public var decreasePower = 7.0
        /// Jump: points beyond what the energy explains.
        public var jump = 15.0
        /// Jump: least energy for a point.
        public var energyForPoint = 0.04
        /// A zero next to a state of charge above this means unknown.
        public var unknownZero = 5.0
    }

    /// Thresholds of the rules about currents, voltages and temperatures.
    public struct Electrical: Sendable, Equatable {
        /// Imbalance: least current in A for a phase to carry one.
        public var carriedCurrent = 4.0
        /// Imbalance: difference as a share of the largest current.
        public var imbalanceShare = 0.3
        /// Imbalance: number of moments in a row.
        public var imbalanceMoments = 3
        /// Imbalance: shortest span.
        public var imbalanceSpan: Int64 = 600_000
        /// Voltage: deviation as a share of the nominal voltage.
        public var voltageShare = 0.15
        /// Voltage: number of moments in a row.
        public var voltageMoments = 2
        /// Voltage: readings in V under this are not connected.
        public var voltageLowest = 50.0
        /// Voltage: readings in V above this are not of a phase.
        public var voltageHighest = 300.0
        /// Temperature in Celsius.
        public var temperature = 80.0
        /// Temperature in Celsius at the station's body.
        public var temperatureBody = 95.0
    }

    /// Thresholds of the rule about missing readings.
    public struct Gap: Sendable, Equatable {
        /// Longest time without a reading.
        public var duration: Int64 = 3_600_000
        /// Factor over the median distance.
        public var factor = 4.0
        /// Power from which on a side of the gap is charging.
        public var charging = 1.0
        /// Energy across the gap.
        public var energy = 0.2
        /// Factor over the energy between any other neighbouring readings.
        public var energyFactor = 2.0
        /// With power on both sides and the register known: share of the lower power below which charging had paused.
        public var pauseShare = 0.25
        /// How far from the gap a reading of power may lie to stand for its side.
        public var side: Int64 = 1_200_000
    }

    /// The amount beyond a rule at which the score of a finding is 0.75.
    public struct Severity: Sendable, Equatable {
        /// Falls of the register and pits, in kWh.
        public var fall = 1.0
        /// Registers below zero, in kWh.
        public var negative = 1.0
        /// Energy that is missing or too much, in kWh.
        public var energy = 3.0
        /// Anything measured as a share of its threshold.
        public var share = 0.5
        /// Points of the state of charge.
        public var points = 10.0
        /// Temperature in Celsius.
        public var temperature = 15.0
        /// Lower bound of the score of an incident.
        public var incidentScore = 0.9
        /// Lower bound of the confidence of an incident.
        public var incidentConfidence = 0.8
    }
}
