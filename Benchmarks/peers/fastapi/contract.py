"""What the anomaly contract asks of a session in `createSession`, in pydantic.

The readings are typed dictionaries, not models: pydantic validates both in Rust, but building a Python object for
each of a hundred readings costs more than all of their checks. Only what one field cannot know alone stands below
in Python: a unit that does not fit its measurand, the span of a session, equal readings, the size of the metadata.
"""

import json
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal, NotRequired, Optional

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

Measurand = Literal[
    "Current.Export", "Current.Import", "Current.Offered",
    "Energy.Active.Export.Interval", "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval", "Energy.Active.Import.Register", "Energy.Active.Net",
    "Energy.Apparent.Export", "Energy.Apparent.Import", "Energy.Apparent.Net",
    "Energy.Reactive.Export.Interval", "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval", "Energy.Reactive.Import.Register", "Energy.Reactive.Net",
    "Frequency", "Power.Active.Export", "Power.Active.Import", "Power.Factor", "Power.Offered",
    "Power.Reactive.Export", "Power.Reactive.Import", "RPM", "SoC", "Temperature", "Voltage",
]
Unit = Literal[
    "Wh", "kWh", "varh", "kvarh", "VAh", "kVAh", "W", "kW", "var", "kvar", "VA", "kVA",
    "A", "V", "Hz", "Celsius", "Fahrenheit", "K", "Percent", "RPM",
]
Phase = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
Location = Literal["Body", "Cable", "EV", "Inlet", "Outlet"]
Status = Literal["pending", "active", "completed", "invalid"]

DEFAULT_MEASURAND = "Energy.Active.Import.Register"
EARLIEST = datetime(2010, 1, 1)
LONGEST = timedelta(days=31)
AHEAD = timedelta(hours=24)


# The units that fit, the default first; by the longest prefix of the measurand.
UNITS: dict[str, tuple[Optional[str], ...]] = {
    "Current": ("A",),
    "Energy.Active": ("Wh", "kWh"),
    "Energy.Apparent": ("VAh", "kVAh"),
    "Energy.Reactive": ("varh", "kvarh"),
    "Frequency": ("Hz",),
    "Power": ("W", "kW"),
    "Power.Factor": (None,),
    "Power.Reactive": ("var", "kvar"),
    "RPM": ("RPM",),
    "SoC": ("Percent",),
    "Temperature": ("Celsius", "Fahrenheit", "K"),
    "Voltage": ("V",),
}


def _units_of(measurand: str) -> tuple[Optional[str], ...]:
    return UNITS[max((prefix for prefix in UNITS if measurand.startswith(prefix)), key=len)]


DEFAULT_UNITS = {measurand: _units_of(measurand)[0] for measurand in Measurand.__args__}
FITTING = {(measurand, unit) for measurand in Measurand.__args__ for unit in _units_of(measurand)}

SessionId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9*._:@-]+$")]
StationId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9*._:@-]+$")]
ConnectorId = Annotated[str, StringConstraints(min_length=1, max_length=36, pattern=r"^[A-Za-z0-9._:-]+$")]
EvseId = Annotated[str, StringConstraints(min_length=1, max_length=48, pattern=r"^[A-Za-z0-9*._:+-]+$")]


class Reading(TypedDict):
    """One reading as it is sent."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]
    timestamp: AwareDatetime
    value: Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
    measurand: NotRequired[Optional[Measurand]]
    unit: NotRequired[Optional[Unit]]
    phase: NotRequired[Optional[Phase]]
    location: NotRequired[Optional[Location]]
    reconstructed: NotRequired[Optional[bool]]


class SessionCreate(TypedDict):
    """The body of `createSession`."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]
    sessionId: SessionId
    chargingStationId: StationId
    connectorId: NotRequired[Optional[ConnectorId]]
    evseId: NotRequired[Optional[EvseId]]
    meterValues: NotRequired[Optional[Annotated[list[Reading], Field(max_length=10_000)]]]
    metadata: NotRequired[Optional[Annotated[dict[str, Any], Field(max_length=50)]]]
    status: NotRequired[Optional[Status]]


SESSION_CREATE = TypeAdapter(SessionCreate)


class Refused(Exception):
    """A body that is readable but wrong; each finding is a field with its code."""

    def __init__(self, findings: list[tuple[str, str]]):
        self.findings = findings


def read_session(body: bytes) -> SessionCreate:
    """Parses and checks a body; raises `ValidationError` for one field's fault and `Refused` for the rest."""
    session = SESSION_CREATE.validate_json(body)
    if findings := check(session):
        raise Refused(findings)
    return session


def check(session: SessionCreate) -> list[tuple[str, str]]:
    """What the fields cannot know alone, as pairs of field and code; brings the readings' times to UTC."""
    findings: list[tuple[str, str]] = []
    if session["sessionId"] == "batch" or not session["sessionId"].strip("."):
        findings.append(("sessionId", "reserved_value"))
    if session["chargingStationId"] == "lookup" or not session["chargingStationId"].strip("."):
        findings.append(("chargingStationId", "reserved_value"))
    if readings := session.get("meterValues"):
        _check_readings(readings, findings)
    if (metadata := session.get("metadata")) is not None:
        _check_metadata(metadata, findings)
    return findings[:50]


def rows(readings: list[Reading]) -> list[tuple]:
    """The checked readings in order of time with their defaults filled in; of two equal ones the later stays.

    The time becomes normalised text, so that a read has nothing to convert.
    """
    distinct: dict[tuple, tuple] = {}
    for reading in readings:
        moment = reading["timestamp"]
        measurand = reading.get("measurand") or DEFAULT_MEASURAND
        unit = reading.get("unit") or DEFAULT_UNITS[measurand]
        phase = reading.get("phase")
        location = reading.get("location") or "Outlet"
        distinct[(moment, measurand, phase, location)] = (
            moment, _text(moment), reading["value"], measurand, unit, phase, location,
            bool(reading.get("reconstructed")),
        )
    return sorted(distinct.values(), key=_moment)


def _moment(row: tuple) -> datetime:
    return row[0]


def _utc(moment: datetime) -> datetime:
    """UTC without an offset: such values compare and print several times faster, and this is the fastest way there."""
    naive = datetime.combine(moment.date(), moment.time())
    offset = moment.utcoffset()
    return naive - offset if offset else naive


def _text(moment: datetime) -> str:
    """The contract's form: to the millisecond, and no fraction when it is zero."""
    text = moment.isoformat()
    return (text[:23].rstrip("0").removesuffix(".") if moment.microsecond else text) + "Z"


def _check_readings(readings: list[Reading], findings: list[tuple[str, str]]) -> None:
    moments = [_utc(reading["timestamp"]) for reading in readings]
    for reading, moment in zip(readings, moments):
        reading["timestamp"] = moment
    lowest, highest = min(moments), max(moments)
    latest = datetime.now(timezone.utc).replace(tzinfo=None) + AHEAD
    if lowest < EARLIEST or highest > latest or highest - lowest > LONGEST:
        findings.append(("meterValues", "out_of_range"))
    for index, reading in enumerate(readings):
        unit = reading.get("unit")
        if unit is not None and (reading.get("measurand") or DEFAULT_MEASURAND, unit) not in FITTING:
            findings.append((f"meterValues.{index}.unit", "unit_mismatch"))


def _check_metadata(metadata: dict[str, Any], findings: list[tuple[str, str]]) -> None:
    if len(json.dumps(metadata)) > 16 * 1024 or any(not 1 <= len(key) <= 64 for key in metadata):
        findings.append(("metadata", "out_of_range"))
    price = metadata.get("pricePerKwh")
    if price is not None and not (_is_number(price) and 0 <= price <= 100_000):
        findings.append(("metadata.pricePerKwh", "out_of_range"))
    power = metadata.get("maxPowerKw")
    if power is not None and not (_is_number(power) and 0 < power <= 10_000):
        findings.append(("metadata.maxPowerKw", "out_of_range"))
    if metadata.get("station") is not None and not isinstance(metadata["station"], dict):
        findings.append(("metadata.station", "invalid_type"))
    if not _is_clean(metadata, depth=2):
        findings.append(("metadata", "invalid_value"))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_clean(value: Any, depth: int) -> bool:
    """No control characters other than tab and line feed, and no more than 32 levels."""
    if isinstance(value, str):
        return all(character >= " " or character in "\t\n" for character in value)
    if isinstance(value, dict):
        return depth < 32 and all(_is_clean(key, depth) and _is_clean(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < 32 and all(_is_clean(item, depth + 1) for item in value)
    return True
