import pytest

pytest.register_assert_rewrite("tests.scenario.kit", "tests.scenario.main_job")
