"""Wrong input: exit code 2, one message that says where, and nothing left behind."""

import os
import re
import subprocess

import e2e

ROWS = e2e.NATIVE + "a,0,2,10\nb,0,4,10\n"
SWF = "; SWF\n1 0 -1 10 2 -1 -1 2 20 -1 1 1 1 1 1 1 -1 -1\n"
PHILLY = ("job_id,num_gpus,submit_time,start_time,end_time,duration,status,user\n"
          "j1,1,2017-10-07 00:00:00,2017-10-07 00:00:10,2017-10-07 01:00:00,3590,Pass,u\n")
GIB = 1 << 30


class Traces(e2e.Case):
    def refused_trace(self, name, text, says):
        if text is not None:
            self.write(name, text)
        self.refused("simulate", "--trace", name, "--devices", "4", "-p", "fifo", "-o", "out",
                     says="^tandem: " + re.escape(name) + says)

    def test_malformed_native_rows(self):
        for row, says in [
                ("c,0,x,10", ":4:5: num_gpu is 'x'"),
                ("c,0,0,10", ":4:5: num_gpu is '0'"),
                ("c,0,1.5,10", ":4:5: num_gpu"),
                ("c,0,99999999999999999999,10", ":4:5: num_gpu"),
                ("c,-5,1,10", ":4:3: submit_time is '-5'"),
                ("c,5,1,-10", ":4:7: duration is '-10'"),
                ("c,5,1,nan", ":4:7: duration is 'nan'"),
                ("c,5,1,1e300", ":4:7: duration is '1e300'"),
                ("c,5", ":4:4: the row has 2 fields"),
                ("c,5,1,10,7", ":4:.*5 fields"),
                (",5,1,10", ":4:1: ")]:
            with self.subTest(row=row):
                self.refused_trace("t.csv", ROWS + row + "\n", says)

    def test_malformed_swf_rows(self):
        for row, says in [
                ("2 0 -1 ten 2 -1 -1 2 20 -1 1 1 1 1 1 1 -1 -1", ":3:8: run time is 'ten'"),
                ("2 0 -1 10", ":3:.*: the row ends after 4 fields"),
                ("2 -7 -1 10 2 -1 -1 2 20 -1 1 1 1 1 1 1 -1 -1", ":3:3: submit time is '-7'")]:
            with self.subTest(row=row):
                self.refused_trace("t.swf", SWF + row + "\n", says)

    def test_header_of_no_format(self):
        self.refused_trace("t.csv", "a,b,c\n1,2,3\n", ":1.*no trace format we know")

    def test_nothing_in_it(self):
        self.refused_trace("empty.csv", "", ": the file is empty")
        self.refused_trace("header.csv", e2e.NATIVE, ": there is no job")

    def test_no_file(self):
        self.refused_trace("missing.csv", None, ": .*No such file")
        os.mkdir(self.path("folder.csv"))
        self.refused_trace("folder.csv", None, ": is a directory")

    def test_garbage(self):
        garbage = bytes((i * 7919 + i // 251) % 256 for i in range(4000))
        for name in ("g.csv", "g.swf", "g.csv.zst", "g"):
            with self.subTest(name=name):
                self.refused_trace(name, garbage, "")

    def test_cut_zst(self):
        # A frame that announces a raw block of 100 bytes and has 10: cut in the middle.
        frame = bytes.fromhex("28b52ffd0000") + (100 << 3).to_bytes(3, "little") + b"job_id,sub"
        self.refused_trace("cut.csv.zst", frame, ": the .zst file ends too early")
        self.refused_trace("head.csv.zst", frame[:5], ": the .zst file ends too early")

    def test_line_of_a_gigabyte(self):
        for name in ("hole.csv", "hole.swf"):
            with self.subTest(name=name):
                self.write(name, ROWS if name.endswith("csv") else SWF)
                os.truncate(self.path(name), GIB)
                self.refused_trace(name, None, ":[34]")

    def test_devices_missing(self):
        self.write("t.csv", ROWS)
        self.refused("simulate", "--trace", "t.csv", says="--trace needs --devices N")

    def test_both_or_neither(self):
        self.write("t.csv", ROWS)
        self.write("lab.yaml", e2e.LAB)
        self.refused("simulate", says="scenario file or --trace")
        self.refused("simulate", "lab.yaml", "--trace", "t.csv", "--devices", "4",
                     says="not both")


class Scenarios(e2e.Case):
    def refused_scenario(self, text, says, name="s.yaml", lines=1):
        self.write(name, text)
        says = "^tandem: " + re.escape(name) + says
        self.refused("validate", name, says=says, lines=lines)
        self.refused("simulate", name, "-o", "out", says=says, lines=lines)

    def test_one_thing_changed(self):
        # What stands there, what is written instead, the word that is wrong in it, the message.
        for old, new, word, says in [
                ("- job:", "- jbo:", "jbo", r"'jbo' \(did you mean 'job'\?\)"),
                ("policies:", "polices:", "polices", "'polices' .*mean 'policies'"),
                ("h100-sxm", "h100-smx", "h100-smx", "'h100-smx' .*mean 'h100-sxm'"),
                ("fifo, easy", "fifo, esay", "esay", "policy 'esay' .*mean 'easy'"),
                ("fifo, easy", "fifo, fifo", " fifo]", "policy 'fifo' is listed twice"),
                ("fifo,", "fifo+easy+easy,", "fifo+easy", "two backfills"),
                ("fifo,", "{ sjf: { sise: oracle } },", "{ sjf", "'sise' .*mean 'size'"),
                ("submit: 1 h", "submit: -1 h", "-1 h", "'-1 h' is out of range"),
                ("submit: 1 h", "submit: 1 hour2", "1 hour2", "expected a duration"),
                ("tenant: red", "tenant: rde", "rde", "unknown tenant 'rde' .*mean 'red'"),
                ("devices: 8", "devices: -1", "-1", "'-1' is out of range"),
                ("count: 60", "count: many", "many", "expected a whole number"),
                ("count: 2", "count: 3000000000", "3000000000", "out of range"),
                ("tandem: 1", "tandem: 2", "2", "it must be 1"),
                ("devices: 8,", "devices: 8, share: 0.5,", "0.5", "for jobs with 'devices: 1'"),
                ("devices: 8,", "devices: 8, elastic: { min: 1, max: 4 },", "{ min: 1",
                 "'devices: 8' is not from min 1 to max 4"),
                ("devices: 8,", "devices: 8, model: gtp,", "gtp", "unknown model 'gtp'"),
                ("devices: 8,", "devices: 8, qos: best,", "best", "unknown qos 'best'"),
                ("devices: 8,", "devices: 8, partition: x,", "x,", "unknown partition 'x'"),
                ("devices: 8,", "devices: 8, depends_on: [g-0],", "g-0", "unknown job 'g-0'"),
                ("devices: 8,", "devices: 8, depends_on: [wide],", "wide]",
                 "in a circle: wide -> wide"),
                ("devices: 8,", "devices: 8, estimate: 1 min,", "1 min",
                 "say what becomes of such a job: workload.overrun"),
                ("policies:", "limits: [{ tenant: rde, running: 1 }]\npolicies:", "rde",
                 "unknown tenant 'rde' .*mean 'red'"),
                ("policies:", "limits: [{ tenant: red }]\npolicies:", "{ tenant: red }",
                 "a limit needs 'running' or 'submitted'"),
                ("weight: 2", "quota: 1, guaranteed: 2", "2 }, blue", "more than its quota of 1"),
                ("fifo,", "{ order: fifo, backfil: easy },", "backfil", "mean 'backfill'"),
                ("    - job:", "    - pipeline: { name: p, stages: [{ name: a, depends_on: [b] }, "
                 "{ name: b, depends_on: [a] }] }\n    - job:", "a] }] }",
                 "circle: p/a -> p/b -> p/a"),
                ("name: lab", "name: lab\nname: lib", "name: lib", "'name' is given twice"),
                ("        count", "\tcount", "\tcount", "not valid YAML: illegal tab")]:
            with self.subTest(new=new):
                self.assertIn(old, e2e.LAB)
                text = e2e.LAB.replace(old, new, 1)
                at = text.index(word) + (1 if word.startswith(" ") else 0)
                line = text.count("\n", 0, at) + 1
                column = at - text.rfind("\n", 0, at)
                self.refused_scenario(text, f":{line}:{column}: .*{says}")

    def test_nesting_without_end(self):
        self.refused_scenario("tandem: 1\nname: " + "{a: " * 20000, r":2:\d+: nested more than")
        self.refused_scenario("name: " + "[" * 200000, r":1:\d+: ")
        self.refused_scenario(e2e.LAB.replace("easy]", "easy"), r":\d+:\d+: not valid YAML")

    def test_nothing_in_it(self):
        self.refused_scenario("", ": the scenario is empty")
        self.refused_scenario("# only a comment\n", ": .*not nothing")

    def test_garbage(self):
        garbage = bytes((i * 7919 + i // 251) % 256 for i in range(4000))
        self.refused_scenario(garbage, ":1: this is not a text file")

    def test_aliases_that_explode(self):
        text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for i in range(1, 14):
            text += f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 9) + "]\n"
        self.refused_scenario(text, r":\d+:\d+: more than \d+ values")

    def test_no_file(self):
        os.mkdir(self.path("folder.yaml"))
        for command in ("simulate", "validate"):
            self.refused(command, "missing.yaml", says="missing.yaml: there is no such file")
            self.refused(command, "folder.yaml", says="folder.yaml: this is a folder")

    def test_huge(self):
        self.write("hole.yaml", e2e.LAB)
        os.truncate(self.path("hole.yaml"), GIB)
        self.refused("simulate", "hole.yaml", says="hole.yaml: .*at most 16 MiB")

    def test_wrong_trace_inside(self):
        self.write("sub/t.csv", ROWS + "c,0,x,10\n")
        text = ("tandem: 1\nname: t\ncluster: { nodes: [{ name: n, devices: { type: any, "
                "count: 4 } }] }\nworkload: { jobs: [{ trace: { file: t.csv } }] }\n")
        self.write("sub/s.yaml", text)
        self.refused("simulate", "sub/s.yaml", says=r"sub/t\.csv:4:5: num_gpu is 'x'")
        self.write("sub/s.yaml", text.replace("t.csv", "u.csv"))
        self.refused("simulate", "sub/s.yaml", says=r"^tandem: .*u\.csv")


class Journals(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)
        self.good("simulate", "lab.yaml", "-p", "fifo", "-o", "out", "-q")
        self.journal = self.read("out/fifo-seed1/journal")

    def refused_journal(self, text, says):
        self.write("journal", text)
        self.refused("replay", "journal", says="^tandem: journal" + says)
        self.refused("explain", "journal", "wide", says="^tandem: journal" + says)

    def test_cut_in_the_middle(self):
        lines = self.journal.splitlines(keepends=True)
        for cut in (len(lines) // 2, len(lines) - 1):
            text = "".join(lines[:cut]) + lines[cut][:-2]
            self.refused_journal(text, f":{cut + 1}: damaged: the file is cut")
        self.refused_journal("".join(lines[:4]), ":5:1: the head of the journal is cut")

    def test_cut_zst(self):
        frame = bytes.fromhex("28b52ffd0000") + (100 << 3).to_bytes(3, "little") + b"tandem-jou"
        self.write("out/fifo-seed1/journal.zst", frame)
        os.remove(self.path("out/fifo-seed1/journal"))
        self.refused("replay", "out", says=r"journal\.zst: damaged: the file is cut")

    def test_of_another_version(self):
        self.refused_journal(self.journal.replace("journal 1", "journal 2", 1),
                             ":1:1: not a journal of this version")
        self.refused_journal("", ":1:1: not a journal")

    def test_line_of_a_gigabyte(self):
        self.write("journal", self.journal)
        os.truncate(self.path("journal"), GIB)
        self.refused("replay", "journal", says=r"journal.*")

    def test_tampered(self):
        lines = self.journal.splitlines(keepends=True)
        where = next(i for i, line in enumerate(lines) if line.startswith("- start"))
        words = lines[where].split(" ")
        words[3] = "7"
        self.write("journal", "".join(lines[:where]) + " ".join(words) +
                   "".join(lines[where + 1:]))
        done = self.refused("replay", "journal", code=1,
                            says=f"journal:{where + 1}: recorded '- start .*', replay did")
        self.assertIn(lines[where].strip(), done.err)
        document = self.run_tandem("replay", "journal", "--json").json()
        self.assertFalse(document[0]["same"])

    def test_impossible_history(self):
        text = re.sub(r"(?m)^\+ finish \d+$", "+ finish 4000000", self.journal, count=1)
        self.write("journal", text)
        self.refused("replay", "journal", says="journal: damaged")

    def test_unknown_job(self):
        self.refused("explain", "out", "wdie", says=r"no job 'wdie'.*did you mean 'wide'\?")

    def test_no_run(self):
        os.mkdir(self.path("empty"))
        for command in (["replay"], ["explain"]):
            last = ["wide"] if command == ["explain"] else []
            self.refused(*command, "missing", *last, says="missing: no such run")
            self.refused(*command, "empty", *last, says="empty: no journal here")
            self.refused(*command, "lab.yaml", *last, says="lab.yaml:1:1: not a journal")

    def test_policy_without_a_run(self):
        self.refused("explain", "out", "wide", "-p", "sjf", says="no run of sjf here .*fifo")
        self.refused("explain", "out", "wide", "-p", "fifp", says="did you mean 'fifo'")


class Policies(e2e.Case):
    def test_wrong_names_and_parameters(self):
        self.write("lab.yaml", e2e.LAB)
        for policy, says in [
                ("esay", r"unknown policy 'esay' \(did you mean 'easy'\?\)"),
                ("fifo,esay", "unknown policy 'esay'"),
                ("fifo+esay", r"'esay' \(did you mean 'easy'\?\)"),
                ("priority-aging:max_agee=3d", r"no parameter 'max_agee' .*'max_age'"),
                ("priority-aging:max_age=3", "expected a duration"),
                ("priority-aging:max_age=-3d", "expected a duration"),
                ("priority-aging:max_age", "expected key=value"),
                ("priority-aging:weight=0", "expected a whole number from 1"),
                ("sjf:size=orcale", r"did you mean 'oracle'"),
                ("fifo:size=oracle", r"has no parameter 'size' \(it has none\)"),
                ("easy:size=oracle", "has no parameters; write 'fifo\\+easy'"),
                ("fifo+easy+first-fit", "two backfills"),
                ("fifo,fifo", "'fifo' is named twice"),
                ("+easy", "unknown policy ''"),
                ("", "a policy has no name")]:
            with self.subTest(policy=policy):
                self.refused("simulate", "lab.yaml", "-p", policy, "-o", "out", says=says)


class Outputs(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def test_folder_that_is_a_file(self):
        self.refused("simulate", "lab.yaml", "-o", "lab.yaml",
                     says="lab.yaml: cannot write results here: Not a directory")

    def test_folder_that_cannot_be(self):
        self.refused("simulate", "lab.yaml", "-o", "/proc/tandem",
                     says="/proc/tandem: cannot write results here")

    def test_folder_without_permission(self):
        os.mkdir(self.path("locked"), 0o555)
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o755)
            probe = subprocess.run([self.program, "--version"], user=65534, check=False,
                                   capture_output=True, cwd="/") if self.can_enter() else None
            if probe is None or probe.returncode != 0:
                self.skipTest("root may write everywhere, and nobody else can start tandem")
            done = subprocess.run([self.program, "simulate", "lab.yaml", "-o", "locked"],
                                  user=65534, cwd=self.folder, capture_output=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"locked: cannot write results here: Permission denied", done.stderr)
        else:
            self.refused("simulate", "lab.yaml", "-o", "locked",
                         says="locked: cannot write results here: Permission denied")

    def can_enter(self):
        """Whether everybody may go to the programs."""
        folder = self.build
        while folder != "/":
            if not os.stat(folder).st_mode & 0o001:
                return False
            folder = os.path.dirname(folder)
        return True

    def test_exports_are_tried_before_the_run(self):
        os.mkdir(self.path("folder.json"))
        for file, says in [("r.xml", r"'r.xml'.*\.json, \.csv and \.md"),
                           ("r", r"\.json, \.csv and \.md"),
                           ("nowhere/r.json", "nowhere/r.json: cannot write here"),
                           ("folder.json", "folder.json: this is a folder")]:
            with self.subTest(file=file):
                self.refused("simulate", "lab.yaml", "--export", file, "-o", "out", says=says)

    def test_init_into_nowhere(self):
        self.refused("init", "nowhere/lab.yaml", says="there is no folder nowhere")
        self.refused("init", self.folder, says="it is a folder")


if __name__ == "__main__":
    e2e.main()
