"""Background jobs: the same command that a person types, in its own process."""

from dlc_core.jobs.ask_command import ask, ask_json
from dlc_core.jobs.process import cancel, ended, finish, forget, start
from dlc_core.jobs.status import Job, all_jobs, job_of, jobs_in, seconds_since_start

__all__ = [
    "Job",
    "all_jobs",
    "ask",
    "ask_json",
    "cancel",
    "ended",
    "finish",
    "forget",
    "job_of",
    "jobs_in",
    "seconds_since_start",
    "start",
]
