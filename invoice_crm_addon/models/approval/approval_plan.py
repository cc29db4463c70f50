"""What would happen if a document were submitted: the engine and the trial read the same plan."""

from dataclasses import dataclass, field


@dataclass
class StagePlan:
    """One stage of a flow, resolved for one document.

    :param stage: the ``invoice.approval.stage``
    :param approvers: people who are asked, as ``res.users``
    :param refusals: why others whom the stage names are not asked, by ``res.users``
    :param skip_reason: why the stage asks nobody, or an empty string
    :param is_own: the stage is skipped since the requester is one of its people
    :param is_fallback: nobody of the stage can decide, so the fallback approvers are asked
    """

    stage: object
    approvers: object
    refusals: dict = field(default_factory=dict)
    skip_reason: str = ""
    is_own: bool = False
    is_fallback: bool = False


@dataclass
class Plan:
    """Flow and stages of one document.

    :param document: the document
    :param flow: the ``invoice.approval.flow`` that applies, maybe empty
    :param stages: list of :class:`StagePlan` in the order in which they are asked
    :param free_reason: why the document is approved at once, or an empty string
    :param excluded: people who may not decide, as ``res.users``
    """

    document: object
    flow: object
    excluded: object
    stages: list = field(default_factory=list)
    free_reason: str = ""

    def _get_first_stage(self):
        """The stage that is asked first."""
        return next(stage for stage in self.stages if not stage.skip_reason)
