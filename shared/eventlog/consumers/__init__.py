"""The consuming side: partition workers, projections, reactions and dead letters."""

from eventlog.consumers.consumer import GroupOffsets, KafkaConsumer
from eventlog.consumers.dead_letters import CannotBeDone, DeadLetters, NoSuchLetter, OthersStream, masked, resent
from eventlog.consumers.partition_workers import run_partition_workers
from eventlog.consumers.projections import PROJECTION_BATCH, Projections
from eventlog.consumers.reactions import REACTION_BATCH, Reaction, Reactions, try_waiting_again
from eventlog.consumers.reference_data import ProjectedReferenceSource

__all__ = [
    "PROJECTION_BATCH",
    "REACTION_BATCH",
    "CannotBeDone",
    "DeadLetters",
    "GroupOffsets",
    "KafkaConsumer",
    "NoSuchLetter",
    "OthersStream",
    "ProjectedReferenceSource",
    "Projections",
    "Reaction",
    "Reactions",
    "masked",
    "resent",
    "run_partition_workers",
    "try_waiting_again",
]
