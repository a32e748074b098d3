"""When a person asks about: a span in dates or instants, a campaign, nights, or the year to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from citywatch.commandline.arguments import asked_span, edge, refuse_future, up_to
from figures.periods import Period, date_of, span
from figures.queries.clock import CityClock
from figures.stretches import NIGHT, Stretch, campaign_by, dates_of_nights, nights_by, of_campaign
from runtime.errors import WrongUse
from schemas.cities import City
from schemas.spelling import instead

CAMPAIGN = "campaign"
"""In `--by`: each campaign of the city as a row."""


@dataclass(frozen=True)
class TimeOptions:
    """What was typed."""

    from_: str | None = None
    to: str | None = None
    campaign: str | None = None
    nights: str | None = None
    ytd: bool = False


@dataclass(frozen=True)
class AskedTime:
    """`unit` tiles `span`; where there are `stretches`, they are asked about in place of that."""

    span: Period
    unit: str | None
    stretches: tuple[Stretch, ...] = ()
    by_campaign: bool = False

    def parts(self) -> tuple[Period, ...]:
        """The spans of it, in order, which do not overlap but for those of several campaigns."""
        return tuple(part for stretch in self.stretches for part in stretch.parts) or (self.span,)


def asked_time(options: TimeOptions, unit: str | None, city: City, tz: str, as_of: int | None) -> AskedTime:
    """What the options ask about; `unit`: that of `--by`, or CAMPAIGN. Raises WrongUse in one line."""
    _check_one(options)
    if options.campaign is not None:
        return _campaign(options.campaign, unit, city, tz, as_of)
    if options.nights is not None:
        return _nights(options.nights, unit, tz, as_of)
    if options.ytd:
        return _year_to_date(options.to, unit, tz, as_of)
    if unit == CAMPAIGN:
        return _by_campaign(options, city, tz, as_of)
    asked = asked_span(options.from_, options.to, tz, unit, as_of)
    refuse_future(options.from_, asked, as_of, tz)
    return AskedTime(asked, unit)


def streak_time(options: TimeOptions, unit: str | None, tz: str, clock: CityClock) -> AskedTime:
    """The months that a streak is looked for in: all that are known, or those of the span. Raises WrongUse."""
    if unit not in (None, "month") or options.campaign or options.nights or options.ytd:
        raise WrongUse("--streak is of months; it takes --from, --to, --where and dimensions in --by")
    first = options.from_
    if first is None and clock.known.spans:
        first = date_of(clock.known.spans[0].start, None, tz).isoformat()
    asked = asked_span(first, options.to, tz, None, clock.as_of)
    refuse_future(options.from_, asked, clock.as_of, tz)
    return AskedTime(asked, "month")


def _check_one(options: TimeOptions) -> None:
    given = [
        name
        for name, is_given in (
            ("--from", options.from_ is not None),
            ("--to", options.to is not None),
            ("--campaign", options.campaign is not None),
            ("--nights", options.nights is not None),
            ("--ytd", options.ytd),
        )
        if is_given
    ]
    if set(given) - {"--from", "--to"} and len(given) > 1 and given != ["--to", "--ytd"]:
        raise WrongUse(f"{given[0]} and {given[1]} both say when; give one")


def _campaign(name: str, unit: str | None, city: City, tz: str, as_of: int | None) -> AskedTime:
    if name not in city.campaigns:
        raise WrongUse(
            f"--campaign {name!r} is no campaign of {city.name}: {instead(name, city.campaigns)}; campaigns stand in"
            " the file of the city"
        )
    campaign = city.campaigns[name]
    stretch = of_campaign(name, campaign, tz)
    said = f"campaign {name} begins on {campaign.first}: that"
    refuse_future(str(campaign.first), stretch.period, as_of, tz, said)
    by_campaign = unit == CAMPAIGN
    return AskedTime(*campaign_by(name, campaign, tz, None if by_campaign else unit), by_campaign)


def _nights(text: str, unit: str | None, tz: str, as_of: int | None) -> AskedTime:
    if unit not in (None, NIGHT):
        raise WrongUse(f"--nights and --by {unit} do not go together; by time nights are split --by night only")
    try:
        first, last = dates_of_nights(text)
    except ValueError:
        raise WrongUse(
            f"--nights {text!r} is not FROM..TO; write the dates on which they begin: 2026-07-22..2026-07-24"
        ) from None
    if last < first:
        raise WrongUse(f"--nights {text!r}: the last night is before the first")
    found = nights_by(first, last, tz, unit)
    refuse_future(text, found.span, as_of, tz, f"--nights {text}")
    return AskedTime(*found)


def _year_to_date(to: str | None, unit: str | None, tz: str, as_of: int | None) -> AskedTime:
    """From 1 January on; by itself it is compared as a year that runs."""
    if unit == CAMPAIGN:
        raise WrongUse("--ytd and --by campaign do not go together; give --from and --to, or neither")
    unit = unit or "year"
    cut = unit if unit in (NIGHT, "duty_day") else None
    end = None if to is None else edge("--to", to, tz, unit, end=True)
    year = date_of(((as_of or 1) if end is None else end) - 1, cut, tz).year
    whole = span(date(year, 1, 1), date(year, 12, 31), tz, cut)
    return AskedTime(whole if end is None else Period(whole.start, min(whole.end, end)), unit)


def _by_campaign(options: TimeOptions, city: City, tz: str, as_of: int | None) -> AskedTime:
    """Each campaign that meets the span, whole; without a span each that has begun."""
    everything = options.from_ is None and options.to is None
    asked = None if everything else asked_span(options.from_, options.to, tz, None, as_of)
    if asked is not None:
        refuse_future(options.from_, asked, as_of, tz)
    found = [of_campaign(name, campaign, tz) for name, campaign in city.campaigns.items()]
    met = [stretch for stretch in found if _meets(stretch.period, asked, as_of)]
    if not met:
        there = ", ".join(city.campaigns) or "none; campaigns stand in the file of the city"
        raise WrongUse(f"no campaign of {city.name} meets that span; there are: {there}{up_to(as_of, tz)}")
    met.sort(key=lambda stretch: (stretch.period, stretch.campaign))
    whole = Period(met[0].period.start, max(stretch.period.end for stretch in met))
    return AskedTime(whole, None, tuple(met), by_campaign=True)


def _meets(campaign: Period, asked: Period | None, as_of: int | None) -> bool:
    if asked is None:
        return as_of is not None and campaign.start < as_of
    return campaign.start < asked.end and asked.start < campaign.end
