"""Fine-tuning as a learner: the harder proof that a subset trains as well."""

from dlc_core.evidence.finetune.learner import finetuner
from dlc_core.evidence.finetune.loading import backbone_of_run
from dlc_core.evidence.finetune.settings import FinetuneSettings

__all__ = ["FinetuneSettings", "backbone_of_run", "finetuner"]
