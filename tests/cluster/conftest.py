"""The schedulers, each started once for the module of its tests."""

import pytest

pytest.register_assert_rewrite("cluster.checks")

from cluster.pools import POOLS, Run, Unavailable  # noqa: E402


@pytest.fixture(scope="module")
def pool(request, tmp_path_factory):
    pool = POOLS[request.module.POOL](tmp_path_factory.mktemp(request.module.POOL) / "pool")
    try:
        pool.up()
        yield pool
    except Unavailable as reason:
        pytest.skip(str(reason))
    finally:
        pool.down()


@pytest.fixture
def run(pool, tmp_path):
    run = Run(pool, tmp_path / "run")
    yield run
    run.stop()
