"""The identities of the domain: plain strings that the type checker keeps apart."""

from typing import NewType

PartnershipId = NewType("PartnershipId", str)
OrganisationId = NewType("OrganisationId", str)
RoundId = NewType("RoundId", str)
ItemId = NewType("ItemId", str)
DraftId = NewType("DraftId", str)
AlertId = NewType("AlertId", str)
EscalationId = NewType("EscalationId", str)
MilestoneId = NewType("MilestoneId", str)
ThanksId = NewType("ThanksId", str)
ActionId = NewType("ActionId", str)

Pseudonym = NewType("Pseudonym", str)
"""Who answered, unlinkable without the partnership's key (PRIVACY: HMAC-SHA256 of team and user id)."""

TeamId = NewType("TeamId", str)
EnterpriseId = NewType("EnterpriseId", str)
"""An organisation of Slack's Enterprise Grid, which has several workspaces."""

UserId = NewType("UserId", str)
ChannelId = NewType("ChannelId", str)
MessageTs = NewType("MessageTs", str)
DeliveryKey = NewType("DeliveryKey", str)
