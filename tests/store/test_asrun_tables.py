# -*- test-case-name: tests.store.test_asrun_tables -*-
