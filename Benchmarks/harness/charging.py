"""Charging sessions as a tenant sends them: many stations, different courses, one in twelve with a fault."""

import random
from dataclasses import dataclass

CONNECTORS = 4
COURSES = 240
DAYS = 336


@dataclass(frozen=True)
class Course:
    """The readings of a session as text, with a mark where the day stands."""

    text: str
    status: str


class Sessions:
    """Bodies of `createSession`, equal for equal seeds. Only what differs is put together anew for each."""

    def __init__(self, count: int, readings: int, stations: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = count
        self.stations = stations
        self.courses = [self._course(readings, self.random) for _ in range(COURSES)]

    def body(self, number: int) -> str:
        """The session with this number."""
        chance = self.random
        course = self.courses[chance.randrange(COURSES)]
        # A few stations have many more sessions than others, as everywhere.
        station = int(self.stations * chance.random() ** 2)
        connector = 1 + chance.randrange(CONNECTORS)
        identifier = f"{chance.getrandbits(48):012x}-{number}"
        # The sessions of a year, in order.
        day = min(number * DAYS // self.count, DAYS - 1)
        text = course.text.replace("@", f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}")
        return (
            f'{{"sessionId":"{identifier}","chargingStationId":"CP-{station:05d}","connectorId":"{connector}",'
            f'"evseId":"DE*GTY*E{station:05d}*{connector}","status":"{course.status}",'
            f'"metadata":{{"pricePerKwh":0.49,"maxPowerKw":50}},"meterValues":[{text}]}}'
        )

    @staticmethod
    def _course(count: int, chance: random.Random) -> Course:
        """Register, power and state of charge in turn; a fault makes the register fall, leap or stand still."""
        power_max, charge = chance.choice((11.0, 22.0, 50.0)), chance.uniform(5, 60)
        register = chance.uniform(100, 90_000)
        fault = chance.choice(("fall", "leap", "still")) if chance.random() < 1 / 12 else ""
        moments = max(1, (count + 2) // 3)
        start, step = chance.randrange(0, 22 * 60), chance.choice((1, 5))
        at = chance.randrange(moments // 3, max(moments // 3 + 1, moments - 1))
        readings: list[str] = []
        for index in range(moments):
            minute = start + index * step
            moment = f"@T{minute // 60 % 24:02d}:{minute % 60:02d}:{chance.randrange(60):02d}Z" if minute < 1440 else ""
            if not moment:
                break
            power = power_max * chance.uniform(0.96, 1) if charge < 80 else max(1.5, power_max * (100 - charge) / 20)
            if fault == "fall" and index == at:
                register -= chance.uniform(1, 40)
            elif fault == "leap" and index == at:
                register += chance.uniform(200, 900)
            for measurand, unit, value, place in (
                ("Energy.Active.Import.Register", "kWh", round(register, 3), ""),
                ("Power.Active.Import", "kW", round(power, 2), ""),
                ("SoC", "Percent", round(charge, 1), ',"location":"EV"'),
            ):
                readings.append(
                    f'{{"timestamp":"{moment}","measurand":"{measurand}","unit":"{unit}","value":{value}{place}}}')
            if not (fault == "still" and index >= at):
                register += power * step / 60
            charge = min(100.0, charge + power * step / 60 / 0.6)
        return Course(",".join(readings[:count]), chance.choice(("completed", "completed", "completed", "active")))
