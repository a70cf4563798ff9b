"""A Slurm of two nodes on this machine, for tests: munged, slurmctld and two slurmd on loopback, all in one
folder. Needs root, as the daemons do.
"""

import os
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo", "scontrol"]
DEADLINE = 60

CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SchedulerParameters=sched_min_interval=1000,batch_sched_delay=0,sched_interval=1,bf_interval=1,default_queue_depth=1000
SlurmdTimeout=10
ReturnToService=2
MailProg=/bin/true
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{second}] CPUs=2 RealMemory=500
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Why there can be no such cluster here; empty if there can."""
    lacks = [name for name in PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
    if lacks:
        return f"needs {', '.join(lacks)} (apt-get install slurm-wlm munge)"
    return "" if os.geteuid() == 0 else "Slurm's daemons need root"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def adjacent_ports():
    """Two ports next to each other, as a range of nodes needs."""
    for port in range(23000, 33000, 7):
        try:
            for number in (port, port + 1):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue
    raise RuntimeError("no two free ports")


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.conf = os.path.join(folder, "slurm.conf")
        os.makedirs(os.path.join(folder, "state"))
        first = adjacent_ports()
        with open(self.conf, "w", encoding="ascii") as file:
            file.write(CONF.format(host=socket.gethostname().split(".")[0], folder=folder,
                                   controller=free_ports(1)[0], first=first, second=first + 1))
        self.env = {**os.environ, "SLURM_CONF": self.conf, "PATH": os.environ["PATH"] + ":/usr/sbin"}

    def start(self):
        key = os.path.join(self.folder, "munge.key")
        with open(key, "wb") as file:
            file.write(os.urandom(128))
        os.chmod(key, 0o400)
        place = self.folder + "/munge"
        self.spawn("munged", ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={place}.socket",
                              f"--pid-file={place}.pid", f"--log-file={place}.log",
                              f"--seed-file={place}.seed"])
        self.wait_for(lambda: os.path.exists(f"{place}.socket"))
        self.spawn("slurmctld", ["slurmctld", "-D", "-c", "-f", self.conf])
        for node in ("n1", "n2"):
            self.start_node(node)
        self.wait_for(lambda: self.output("sinfo", "-h", "-N", "-o", "%T").split() == ["idle", "idle"])

    def start_node(self, node):
        self.spawn(node, ["slurmd", "-D", "-c", "-N", node, "-f", self.conf])

    def spawn(self, name, words):
        with open(os.path.join(self.folder, f"{name}.out"), "ab") as log:
            self.processes[name] = subprocess.Popen(words, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                                    stderr=log, start_new_session=True)

    def output(self, *words):
        return subprocess.run(words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=DEADLINE, check=False).stdout.decode()

    def wait_for(self, condition):
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError(f"Slurm does not start; see {self.folder}: {os.listdir(self.folder)}")
            time.sleep(0.2)

    def lose_node(self, node):
        """As if its machine were gone: the daemon, and every step that it had started."""
        self.kill_steps(node)
        process = self.processes.pop(node)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.kill_steps(node)

    def kill_steps(self, node):
        """Step daemons carry the spool folder of their node in what they have open."""
        spool = os.path.join(self.folder, f"spool-{node}")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                links = [os.readlink(f"/proc/{pid}/cwd")]
                links += [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
                with open(f"/proc/{pid}/environ", "rb") as file:
                    environment = file.read().decode(errors="replace")
            except OSError:
                continue
            is_task = f"SLURMD_NODENAME={node}\0" in environment and self.conf in environment
            is_step = any(link.startswith(spool) for link in links) and int(pid) not in self.pids()
            if is_task or is_step:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def pids(self):
        return [process.pid for process in self.processes.values()]

    def stop(self):
        self.output("scancel", "--user=root")
        for name in ("n1", "n2", "slurmctld", "munged"):
            process = self.processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
