"""The events of prevention. Those that name a site, an asset or a sensor always are of SubjectEvent."""

from schemas.envelope import CountedEvent, SubjectEvent
from schemas.families.prevention.payloads import (
    AlertData,
    AlertLaterData,
    AssetData,
    FraudWarningData,
    InstalledData,
    OutreachData,
    PledgeData,
    RegisterData,
    ResolvedData,
    SensorData,
    SiteData,
    SurveyData,
    TalkData,
)


class Outreach(CountedEvent, frozen=True, kw_only=True, tag="prevention.outreach.v1"):
    """The public was told something."""

    data: OutreachData


class FraudWarning(CountedEvent, frozen=True, kw_only=True, tag="prevention.fraud_warning.v1"):
    """Somebody was warned of a fraud that was under way. Who is not asked."""

    data: FraudWarningData


class Talk(CountedEvent, frozen=True, kw_only=True, tag="prevention.talk.v1"):
    """Police sat together with the public."""

    data: TalkData


class SiteListed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_listed.v1"):
    """A site is on the list from now on."""

    data: SiteData


class SiteOnline(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_online.v1"):
    """The site works."""

    data: SiteData


class SiteOffline(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_offline.v1"):
    """The site does not work."""

    data: SiteData


class SiteDelisted(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_delisted.v1"):
    """The site is not on the list any more."""

    data: SiteData


class Pledge(SubjectEvent, frozen=True, kw_only=True, tag="prevention.pledge.v1"):
    """A letter of responsibility was signed for the premises that are the subject."""

    data: PledgeData


class AssetDeployed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.asset_deployed.v1"):
    """Rescue poles and the like were put in place: the subject is the lot."""

    data: AssetData


class SensorListed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_listed.v1"):
    """A sensor is to send heartbeats from now on."""

    data: SensorData


class SensorHeartbeat(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_heartbeat.v1"):
    """The sensor works."""

    data: SensorData


class SensorDelisted(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_delisted.v1"):
    """The sensor is not to send any more."""

    data: SensorData


class SensorAlert(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_alert.v1"):
    """The sensor saw what it looks for."""

    data: AlertData


class SensorVoice(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_voice.v1"):
    """Its loudspeaker spoke."""

    data: AlertLaterData


class SensorAnswered(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_answered.v1"):
    """A human being took the alert on."""

    data: AlertLaterData


class SensorResolved(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_resolved.v1"):
    """The alert is over."""

    data: ResolvedData


class Survey(CountedEvent, frozen=True, kw_only=True, tag="prevention.survey.v1"):
    """Answers of a survey, added up."""

    data: SurveyData


class MeasureInstalled(SubjectEvent, frozen=True, kw_only=True, tag="prevention.measure_installed.v1"):
    """Something was put in place against crime: what is counted there before and after can be compared."""

    data: InstalledData


class Register(SubjectEvent, frozen=True, kw_only=True, tag="prevention.register.v1"):
    """A register holds so many entries: an absolute value, of which the last one rules."""

    data: RegisterData
