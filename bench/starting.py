"""The start-up log of a server, again and again, as a pod prints it that is restarted. In: a seed. Out: endless lines."""

from __future__ import annotations

from collections.abc import Iterator

from writer import FAILURES, Writer

MODELS = (
    "Qwen/Qwen3-32B",
    "deepseek-ai/DeepSeek-V3",
    "meta-llama/Llama-3.1-70B-Instruct",
    "mistralai/Mistral-Large-2411",
)
CORE, SERVER = "(EngineCore_DP0 pid={core}) ", "(APIServer pid={server}) "
STEPS = (
    SERVER + "INFO {time} [api_server.py:1892] vLLM API server version 0.11.0",
    SERVER
    + "INFO {time} [utils.py:233] non-default args: {{'model': '{model}', 'tensor_parallel_size': {tp}, 'max_model_len': {length}, 'gpu_memory_utilization': 0.{share}}}",
    SERVER + "INFO {time} [model.py:547] Resolved architecture: {architecture}",
    SERVER + "INFO {time} [model.py:1510] Using max model len {length}",
    SERVER + "INFO {time} [scheduler.py:205] Chunked prefill is enabled with max_num_batched_tokens={batch}.",
    "INFO {time} [__init__.py:216] Automatically detected platform cuda.",
    CORE + "INFO {time} [core.py:644] Waiting for init message from front-end.",
    CORE
    + "INFO {time} [core.py:77] Initializing a V1 LLM engine (v0.11.0) with config: model='{model}', speculative_config=None, tokenizer='{model}', dtype=torch.bfloat16, max_seq_len={length}, download_dir=None, load_format=auto, tensor_parallel_size={tp}, pipeline_parallel_size=1, data_parallel_size=1, disable_custom_all_reduce=False, quantization=None, enforce_eager=False, kv_cache_dtype=auto, device_config=cuda, seed=0, enable_prefix_caching=True, chunked_prefill_enabled=True",
    CORE
    + "INFO {time} [parallel_state.py:1208] rank {rank} in world size {tp} is assigned as DP rank 0, PP rank 0, TP rank {rank}, EP rank {rank}",
    "[Gloo] Rank {rank} is connected to {peers} peer ranks. Expected number of connected peer ranks is : {peers}",
    CORE + "INFO {time} [pynccl.py:103] vLLM is using nccl==2.27.3",
    CORE
    + "INFO {time} [shm_broadcast.py:289] vLLM message queue communication handle: Handle(local_reader_ranks=[1, 2, 3], buffer_handle=(3, 4194304, 6, 'psm_{id:08x}'), local_subscribe_addr='ipc:///tmp/{id:032x}', remote_subscribe_addr=None)",
    CORE + "INFO {time} [gpu_model_runner.py:2602] Starting to load model {model}...",
    CORE + "INFO {time} [cuda.py:366] Using Flash Attention backend on V1 engine.",
    CORE + "INFO {time} [weight_utils.py:392] Using model weights format ['*.safetensors']",
    "SHARDS",
    CORE + "INFO {time} [default_loader.py:267] Loading weights took {seconds:.2f} seconds",
    CORE + "INFO {time} [gpu_model_runner.py:2653] Model loading took {gib:.4f} GiB and {seconds:.6f} seconds",
    CORE
    + "INFO {time} [backends.py:548] Using cache directory: /root/.cache/vllm/torch_compile_cache/{id:010x}/rank_{rank}_0/backbone for vLLM's torch.compile",
    CORE + "INFO {time} [backends.py:559] Dynamo bytecode transform time: {seconds:.2f} s",
    CORE + "INFO {time} [monitor.py:34] torch.compile takes {seconds:.2f} s in total",
    CORE + "INFO {time} [gpu_worker.py:298] Available KV cache memory: {gib:.2f} GiB",
    CORE + "INFO {time} [kv_cache_utils.py:1087] GPU KV cache size: {tokens:,} tokens",
    CORE + "INFO {time} [kv_cache_utils.py:1091] Maximum concurrency for {length:,} tokens per request: {seconds:.2f}x",
    "GRAPHS",
    CORE + "INFO {time} [gpu_model_runner.py:3480] Graph capturing finished in {peers} secs, took {gib:.2f} GiB",
    CORE + "INFO {time} [core.py:210] init engine (profile, create kv cache, warmup model) took {seconds:.2f} seconds",
    SERVER + "INFO {time} [api_server.py:1692] Supported_tasks: ['generate']",
    SERVER + "INFO {time} [launcher.py:34] Available routes are:",
    SERVER + "INFO {time} [launcher.py:42] Route: /v1/chat/completions, Methods: POST",
    SERVER + "INFO {time} [launcher.py:42] Route: /metrics, Methods: GET",
    SERVER + "INFO:     Started server process [{server}]",
    SERVER + "INFO:     Waiting for application startup.",
    SERVER + "INFO:     Application startup complete.",
)


def starts(seed: int) -> Iterator[str]:
    """One start after another; one in twenty ends with a failure."""
    writer = Writer(seed)
    while True:
        yield from _start(writer)
        if writer.number(20) == 0:
            yield from writer.traceback()


def _start(writer: Writer) -> Iterator[str]:
    draw = writer.random
    values = {
        "core": draw.randint(100, 90_000), "server": draw.randint(1, 90_000), "model": draw.choice(MODELS), "tp": draw.choice((1, 2, 4, 8)),
        "length": draw.choice((4096, 8192, 32768, 131_072)), "share": draw.randint(80, 95), "architecture": draw.choice(("Qwen3ForCausalLM", "LlamaForCausalLM")),
        "batch": draw.choice((2048, 8192)), "rank": writer.number(8), "peers": draw.randint(1, 63), "gib": draw.uniform(1, 80), "tokens": draw.randint(10_000, 2_000_000),
    }  # fmt: skip
    for step in STEPS:
        if step == "SHARDS":
            yield from _progress("Loading safetensors checkpoint shards:", "Completed ", draw.randint(4, 30))
        elif step == "GRAPHS":
            yield from _progress("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):", "", 67)
        else:
            yield step.format(**values, time=writer.time(), id=draw.getrandbits(40), seconds=draw.uniform(1, 90))


def _progress(what: str, unit: str, count: int) -> Iterator[str]:
    for done in range(0, count + 1, max(count // 15, 1)):
        yield f"{what} {done * 100 // count:3d}% {unit}| {done}/{count} [00:{done % 60:02d}<00:{(count - done) % 60:02d},  {1 + done % 7 / 9:.2f}s/it]"


def short(seed: int) -> Iterator[str]:
    """Thirty lines: a start that fails."""
    writer = Writer(seed)
    lines = _start(writer)
    yield from (next(lines) for _ in range(29))
    yield f"(EngineCore_DP0 pid={writer.pids[1]}) ERROR {writer.time()} [core.py:700] {FAILURES[0]}"
