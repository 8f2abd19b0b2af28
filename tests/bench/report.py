"""What came out: a table for people, JSON for programs."""
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess

LEAST, MOST = "at least", "at most"

# key: (what it is, its limit, whether that is the least or the most)
KEYS = {
    "page_vs_sql": ("listings page, uncached ÷ its bare SQL", 0.5, LEAST),
    "page_cached_vs_static": ("listings page, cached ÷ nginx static", 0.4, LEAST),
    "api_vs_sql": ("listings as JSON, uncached ÷ its bare SQL", 0.55, LEAST),
    "detail_vs_sql": ("one listing, uncached ÷ its bare SQL", 0.35, LEAST),
    "write_vs_insert": ("posting a listing ÷ bare durable INSERTs", 0.5, LEAST),
    "switch_vs_same": ("over 200 communities ÷ all to one", 0.6, LEAST),
    "login_cost_vs_argon2": ("CPU of a log-in ÷ CPU of its Argon2id", 1.1, MOST),
    "login_storm_p99_ratio": ("page's p99 with 32 log-ins at a time ÷ without", 3, MOST),
    "noisy_p99_ratio": ("A's p99 while B is hammered ÷ B idle, without request limits", 3, MOST),
    "noisy_limited_p99_ratio": ("the same with the default limits", 2, MOST),
    "tls_vs_plain": ("cached page over TLS 1.3 ÷ plain", 0.6, LEAST),
    "idle_conn_kib": ("KiB of an idle connection, 10,000 of them", 6, MOST),
    "idle_tls_kib": ("the same over TLS", 20, MOST),
    "sse_conn_kib": ("KiB of an open event stream", 8, MOST),
    "tenant_kib": ("KiB of a registered, idle community, 10,000 of them", 1, MOST),
    "tenant_disk_vs_ddl": ("disk of a community ÷ of its bare DDL", 1.1, MOST),
    "provision_vs_ddl": ("apply → first page ÷ bare DDL", 1.5, MOST),
    "provision_warm_vs_ddl": ("the same from the warm pool", 0.3, MOST),
    "provision_flat": ("provisioning at the last ÷ at the first", 1.4, MOST),
    "plan_ms_per": ("ms of plan for an unchanged file, of 1,000", 1, MOST),
    "first_hit_ms_ratio": ("first request to a community ÷ a warm one", 5, MOST),
    "start_ms": ("exec → serving, 10,000 communities registered", 1000, MOST),
}


class Figure:
    def __init__(self, value=None, low=None, high=None, beside="", reason=None, pairs=None, more=None):
        self.value, self.low, self.high = value, low, high
        self.beside = beside  # the figures it was made of, in words
        self.reason = reason  # why there is none
        self.pairs = pairs or []
        self.more = more or {}

    @classmethod
    def of(cls, values, beside="", **options):
        return cls(statistics.median(values), min(values), max(values), beside, pairs=list(values), **options)

    @classmethod
    def once(cls, value, beside="", **options):
        return cls(value, None, None, beside, **options)


def verdict(key, figure):
    _, limit, kind = KEYS[key]
    if figure.value is None:
        return "not there"
    good = figure.value >= limit if kind == LEAST else figure.value <= limit
    return "ok" if good else "missed"


def short(number):
    if number is None:
        return "–"
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2 if abs(number) >= 1 else 3
    return f"{number:.{digits}f}"


def table(figures):
    lines = [f"{'key':<24} {'figure':>8} {'min':>8} {'max':>8}  {'limit':<13} {'':<9} made of",
             "-" * 110]
    for key, (_, limit, kind) in KEYS.items():
        figure = figures.get(key)
        if figure is None:
            continue
        lines.append(f"{key:<24} {short(figure.value):>8} {short(figure.low):>8} {short(figure.high):>8}  "
                     f"{kind + ' ' + short(limit):<13} {verdict(key, figure):<9} {figure.reason or figure.beside}")
    return "\n".join(lines)


def version(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = (done.stdout + done.stderr).strip().splitlines()
    return text[0] if text else "?"


def machine(program):
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)", info, re.M)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model.group(1) if model else platform.machine(),
        "memory_mib": int(memory.group(1)) // 1024,
        "system": f"{system.group(1) if system else '?'}, Linux {platform.release()}",
        "missiond": version(program, "--version"),
        "commit": version("git", "-C", pathlib.Path(__file__).parent, "describe", "--always", "--dirty"),
        "mariadb": version("mariadbd", "--version"),
        "nginx": version("nginx", "-v") if pathlib.Path("/usr/bin/nginx").exists()
        else version("/usr/sbin/nginx", "-v"),
        "openssl": version("openssl", "version"),
        "wrk": version("wrk", "-v"),
    }


def document(figures, about):
    """Each key with its figure, null where there is none; beside them what it
    was made of."""
    answer = {key: figures[key].value if key in figures else None for key in KEYS}
    answer["details"] = {key: {
        "what": KEYS[key][0], "limit": KEYS[key][1], "kind": KEYS[key][2],
        "min": figure.low, "max": figure.high, "pairs": figure.pairs, "verdict": verdict(key, figure),
        "beside": figure.beside, "reason": figure.reason, **figure.more} for key, figure in figures.items()}
    answer["about"] = about
    return json.dumps(answer, indent=1, ensure_ascii=False) + "\n"
