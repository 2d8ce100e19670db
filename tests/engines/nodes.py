"""A cluster of two nodes on this machine: prints its address; a line of input takes one node away, the end of it both.

A program of its own, since Ray's threads and warnings have no place in the process of the tests.
"""

from __future__ import annotations

import logging
import sys

from ray.cluster_utils import Cluster


def main() -> None:
    """Start both, and wait to be told."""
    logging.disable(logging.CRITICAL)
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = nodes.add_node(num_cpus=1)
    print(nodes.address, flush=True)
    for _ in sys.stdin:
        nodes.remove_node(second, allow_graceful=False)
        print("removed", flush=True)
    nodes.shutdown()


if __name__ == "__main__":
    main()
