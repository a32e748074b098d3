"""Questions about a consumer group, to a broker that has had none yet."""

from __future__ import annotations

import pytest
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError

from runtime.groups import answered, committed_positions, members
from tests.parts.kafka import KafkaBroker


def test_a_broker_that_never_had_a_group_says_that_it_has_no_member_and_no_position(kafka: KafkaBroker) -> None:
    with kafka.admin() as admin:
        assert members(admin, "never-there") == 0
        assert committed_positions(admin, "never-there") == {}


def test_a_question_is_asked_again_until_there_is_a_coordinator() -> None:
    said = iter([CoordinatorNotAvailableError(), CoordinatorNotAvailableError()])

    def ask() -> int:
        for error in said:
            raise error
        return 7

    assert answered(ask) == 7


@pytest.mark.parametrize("error", [CoordinatorNotAvailableError, GroupAuthorizationFailedError])
def test_what_patience_does_not_mend_is_raised(error: type[Exception]) -> None:
    def ask() -> int:
        raise error

    with pytest.raises(error):
        answered(ask, seconds=0)
