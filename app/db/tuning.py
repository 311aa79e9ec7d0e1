"""PostgreSQL's settings for the private cluster: durable always, memory by what the machine has. Pure."""

from __future__ import annotations

MIB = 2**20
GIB = 2**30


def configuration(*, memory: int, shared_memory: int, port: int, socket_folder: str) -> str:
    """Return the whole of `postgresql.conf`.

    Args:
        memory: Bytes of physical memory. The cluster shares the machine with the server, loads and tests.
        shared_memory: Free bytes in /dev/shm; containers often have 64 MB, too few for parallel queries.
        port: Loopback port.
        socket_folder: Folder of the socket; empty for none.
    """
    settings: dict[str, str | int] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": socket_folder,
        "max_connections": 100,
        "password_encryption": "scram-sha-256",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": _megabytes(memory // 16, 128, 1024),
        "effective_cache_size": _megabytes(memory // 2, 256, 65536),
        "work_mem": _megabytes(memory // 512, 4, 48),
        "maintenance_work_mem": _megabytes(memory // 32, 64, 512),
        "dynamic_shared_memory_type": "posix" if shared_memory >= GIB else "mmap",
        "max_wal_size": "4GB" if memory >= 8 * GIB else "1GB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than short spatial queries take
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "lc_messages": "C",
    }
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    return (
        "# Written by Gridward at every start; put your own settings into local.conf beside this file.\n"
        + ("\n".join([*lines, "include_if_exists = 'local.conf'", ""]))
    )


def _megabytes(size: int, least: int, most: int) -> str:
    return f"{min(max(size // MIB, least), most)}MB"
