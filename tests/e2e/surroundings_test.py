"""Closed streams, odd folders and names, other locales: nothing of it may matter."""

import os
import pty
import select
import subprocess

import e2e


class Streams(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def shell(self, line):
        """Runs a line of bash with $tandem; for redirections that Python does not have."""
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, capture_output=True,
                              env=e2e.environment(tandem=self.program), timeout=e2e.TIMEOUT,
                              check=False)
        return e2e.Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def test_stdin_closed(self):
        done = self.shell('"$tandem" simulate lab.yaml --json -q <&-')
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertEqual(len(done.json()["runs"]), 2)

    def test_output_that_cannot_be_written(self):
        for command in ("simulate lab.yaml", "simulate lab.yaml --json -q", "init", "schema",
                        "version", "--help", "--version", "policies list", "hardware list --json",
                        "completion bash", "validate lab.yaml"):
            for where, why in (("/dev/full", "No space left"), ("&-", "Bad file descriptor")):
                with self.subTest(command=command, where=where):
                    done = self.shell(f'"$tandem" {command} >{where}')
                    self.assertEqual(done.code, 5, done.err)
                    self.assertIn("tandem: cannot write to standard output: " + why, done.err)

    def test_results_do_not_land_in_closed_streams(self):
        done = self.shell('"$tandem" simulate lab.yaml -o out >&- 2>&- <&-')
        self.assertEqual(done.code, 5)
        reference = self.good("simulate", "lab.yaml", "-o", "again", "-q")
        self.assertEqual(reference.code, 0)
        for name in self.files("again"):
            if not name.endswith("result.json"):
                self.assertEqual(self.read(name.replace("again", "out")), self.read(name))

    def test_messages_that_cannot_be_written(self):
        for where in ("/dev/full", "&-"):
            self.assertEqual(self.shell(f'"$tandem" simualte 2>{where}').code, 2)
            self.assertEqual(self.shell(f'"$tandem" validate missing.yaml 2>{where}').code, 2)
            done = self.shell(f'"$tandem" simulate lab.yaml --json 2>{where}')
            self.assertEqual(done.code, 0)
            self.assertEqual(len(done.json()["runs"]), 2)

    def in_terminal(self, *arguments, **changes):
        """What tandem prints on a terminal."""
        ours, theirs = pty.openpty()
        with subprocess.Popen([self.program, *arguments], cwd=self.folder, stdout=theirs,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                              env=e2e.environment(**changes)) as process:
            os.close(theirs)
            text = b""
            while True:
                select.select([ours], [], [], e2e.TIMEOUT)
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # The other end is closed.
                    break
                if not piece:
                    break
                text += piece
            self.assertEqual(process.wait(e2e.TIMEOUT), 0)
        os.close(ours)
        return text.decode()

    def test_colors_only_on_terminals_and_if_wanted(self):
        self.assertIn("\x1b[", self.in_terminal("simulate", "lab.yaml"))
        self.assertNotIn("\x1b[", self.in_terminal("simulate", "lab.yaml", NO_COLOR="1"))
        self.assertNotIn("\x1b[", self.good("simulate", "lab.yaml").out)
        self.assertNotIn("\x1b[", self.in_terminal("simulate", "lab.yaml", "--json"))

    def test_progress_only_for_people(self):
        self.assertEqual(self.good("simulate", "lab.yaml", "--quiet").err, "")
        self.assertEqual(self.good("simulate", "lab.yaml").err, "")  # Lines come after 10 s.


class Places(e2e.Case):
    TRACE = ("tandem: 1\nname: t\ncluster: { nodes: [{ name: n, devices: { type: any, count: 4 } "
             "}] }\nworkload: { jobs: [{ trace: { file: t.csv } }] }\npolicies: [fifo]\n")

    def test_paths_in_a_scenario_are_relative_to_it(self):
        self.write("deep/er/s.yaml", self.TRACE)
        self.write("deep/er/t.csv", e2e.NATIVE + "a,0,2,10\n")
        os.mkdir(self.path("else"))
        for cwd, name in ((".", "deep/er/s.yaml"), ("deep/er", "s.yaml"),
                          ("else", "../deep/er/s.yaml"), ("/", self.path("deep/er/s.yaml"))):
            with self.subTest(cwd=cwd):
                run = self.good("simulate", name, "--json", "-q",
                                cwd=os.path.join(self.folder, cwd)).json()["runs"][0]
                self.assertEqual(run["jobs"]["completed"], 1)

    def test_names_with_spaces_and_letters(self):
        for folder in ("with space", "größer-日本", "quo'te\"s", "-dash", "a,b=c"):
            with self.subTest(folder=folder):
                self.write(f"{folder}/s.yaml", self.TRACE)
                self.write(f"{folder}/t.csv", e2e.NATIVE + "jöb,0,2,10\n")
                name = f"./{folder}/s.yaml"
                self.good("simulate", name, "-o", f"./{folder}/out", "--export",
                          f"./{folder}/r.md", "-q")
                self.assertIn(f"{folder}/out/fifo-seed1/jobs.csv", self.files())
                self.assertIn("jöb of default", self.good("explain", f"./{folder}/out",
                                                          "jöb").out)
                self.good("replay", f"./{folder}/out")

    def test_names_that_are_not_utf8(self):
        self.write("t.csv", e2e.NATIVE.encode() + b"j\xff\xfe,0,2,10\n")
        done = self.run_tandem("simulate", "--trace", "t.csv", "--devices", "4", "--json", "-q")
        self.assertIn(done.code, (0, 2))
        self.assertEqual(done.out == "", done.code == 2)

    def test_read_only_scenario(self):
        self.write("s.yaml", e2e.LAB)
        os.chmod(self.path("s.yaml"), 0o444)
        self.good("simulate", "s.yaml", "-q")
        self.good("validate", "s.yaml")

    def test_environment_does_not_matter(self):
        self.write("s.yaml", e2e.LAB)
        usual = e2e.without_engine(self.good("simulate", "s.yaml", "--json", "-q").json())
        table = self.good("simulate", "s.yaml").out
        for changes in ({"LC_ALL": "C"}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_NUMERIC": "de_DE"},
                        {"HOME": None}, {"TERM": None}, {"TMPDIR": "/nowhere"}, {"TZ": "nowhere"}):
            with self.subTest(changes=changes):
                env = e2e.environment(**changes)
                done = self.good("simulate", "s.yaml", "--json", "-q", env=env)
                self.assertEqual(e2e.without_engine(done.json()), usual)
                self.assertEqual(self.good("simulate", "s.yaml", env=env).out, table)
        self.assertEqual(self.good("simulate", "s.yaml", env={}).out, table)


if __name__ == "__main__":
    e2e.main()
