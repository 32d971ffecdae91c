from __future__ import annotations

from dlc_core.analysis.recent_results import RecentResults


def test_the_longest_unused_result_of_a_question_goes_first() -> None:
    recent, asked = RecentResults(), []

    def ask(question: str, key: int) -> int:
        def answer() -> int:
            asked.append((question, key))
            return key * key

        return recent(question, key, answer, most=2)

    assert [ask("square", key) for key in (1, 2, 1, 3)] == [1, 4, 1, 9]
    assert ask("other", 7) == 49
    assert asked == [("square", 1), ("square", 2), ("square", 3), ("other", 7)]
    ask("square", 1)  # used since, so it was 2 that went
    assert len(asked) == 4
    ask("square", 2)
    assert asked[-1] == ("square", 2)
