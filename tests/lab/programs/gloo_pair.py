"""Two ranks reduce; the second sleeps past the time-out, or is killed."""

import datetime
import logging
import os
import signal
import socket
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def rank_main(rank: int, port: int, how: str) -> None:
    logging.basicConfig(format=f"%(asctime)s %(levelname)s [rank {rank}] %(message)s", level=logging.INFO)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2, timeout=datetime.timedelta(seconds=4)
    )
    dist.all_reduce(torch.ones(4))
    logging.info("first all_reduce done")
    if rank == 1 and how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if rank == 1 and how == "late":
        time.sleep(8)
    dist.all_reduce(torch.ones(4))


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mp.start_processes(rank_main, args=(port, sys.argv[2]), nprocs=2, start_method="spawn")
