from tests.support.homes import empty_store, home, no_run_of_tests

__all__ = ["empty_store", "home", "no_run_of_tests"]
