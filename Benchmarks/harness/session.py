"""The session that is written and read: a hundred readings of an ordinary charging session."""

import json

READINGS = 100


def body(session: str, station: str) -> bytes:
    """The JSON of `createSession`. 34 moments, a minute apart: register and power each, state of charge nearly each.

    Constant current to 80 %, then a falling power, as a car does it; nothing in it is an anomaly.
    """
    readings: list[dict] = []
    register, charge = 18211.4, 20.0
    for minute in range(34):
        power = 50.0 if charge < 80 else max(5.0, 50.0 - 3.0 * (charge - 80))
        moment = f"2025-06-14T05:{minute:02d}:00Z"
        readings += [
            {"timestamp": moment, "measurand": measurand, "unit": unit, "value": value, **place}
            for measurand, unit, value, place in (
                ("Energy.Active.Import.Register", "kWh", round(register, 3), {}),
                ("Power.Active.Import", "kW", round(power, 2), {}),
                ("SoC", "Percent", round(charge, 1), {"location": "EV"}),
            )
        ]
        register += power / 60
        charge = min(100.0, charge + power / 60 / 0.4)
    document = {
        "sessionId": session,
        "chargingStationId": station,
        "connectorId": "1",
        "status": "completed",
        "metadata": {"pricePerKwh": 0.49, "maxPowerKw": 50},
        "meterValues": readings[:READINGS],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def template() -> bytes:
    """The body with the two marks that load/write.lua replaces, as wide as what it puts there."""
    return body("@SESSION@@", "@STATION")
