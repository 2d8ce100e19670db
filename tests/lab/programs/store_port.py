"""Opens the rendezvous of a process group on a port that something else has."""

import socket

import torch.distributed as dist

holder = socket.create_server(("127.0.0.1", 0))
store = dist.TCPStore("127.0.0.1", holder.getsockname()[1], 1, is_master=True)
