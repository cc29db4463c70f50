from . import bench_tier
