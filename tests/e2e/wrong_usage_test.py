"""Wrong command lines: exit code 2 and one message that says what was meant."""

import e2e


class Usage(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)
        self.write("t.csv", e2e.NATIVE + "a,0,2,10\n")

    def refused_all(self, *cases):
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                self.refused(*arguments, says=says)

    def test_commands(self):
        self.refused_all(
            (["simualte", "lab.yaml"], r"unknown command 'simualte' \(did you mean 'simulate'"),
            (["--json", "simualte"], "unknown command 'simualte'"),
            (["frobnicate"], "unknown command 'frobnicate' .*one of: simulate, slices, saturation, compare, check, plan"),
            (["policies", "shwo"], r"unexpected word 'shwo' \(did you mean 'show'\?\)"),
            (["--json"], "a command is missing"))

    def test_options(self):
        self.refused_all(
            (["simulate", "lab.yaml", "--polcy", "fifo"], "'--polcy' .*mean '--policy'"),
            (["simulate", "--polcy=fifo", "lab.yaml"], "'--polcy' .*mean '--policy'"),
            (["simulate", "lab.yaml", "-x"], "unknown option '-x'"),
            (["--qiet"], "unknown option '--qiet' .*mean '--quiet'"),
            (["init", "--frce"], "'--frce' .*mean '--force'"),
            (["version", "--devices", "3"], "unknown option '--devices'"))

    def test_words_too_many_or_too_few(self):
        self.refused_all(
            (["simulate", "lab.yaml", "more.yaml"], "unexpected word 'more.yaml'"),
            (["version", "more"], "unexpected word 'more'"),
            (["init", "a.yaml", "b.yaml"], "unexpected word 'b.yaml'"),
            (["validate"], "SCENARIO is missing; see 'tandem validate --help'"),
            (["explain", "out"], "JOB is missing"),
            (["replay"], "RUN is missing"),
            (["compare"], "BASE is missing"),
            (["compare", "base"], "HEAD is missing"),
            (["check"], "SUITE is missing"),
            (["policies", "show"], "NAME is missing"),
            (["report", "-o", "report.html"], "RUN is missing"),
            (["report", "out"], "--output is missing"),
            (["trace", "export", "-o", "trace.json"], "RUN is missing"),
            (["trace", "import", "-o", "jobs.csv"], "FILE is missing"),
            (["trace", "fit"], "FILE is missing"),
            (["trace", "generate", "lab.yaml"], "--output is missing"),
            (["run-batch", "lab.yaml", "-o", "out.jsonl"], "--input is missing"),
            (["run-batch", "-i", "in.jsonl", "-o", "out.jsonl"], "SCENARIO is missing"),
            (["completion"], "SHELL is missing"))

    def test_values_missing(self):
        for option in ("--seeds", "--set", "--policy", "--export", "-o", "-j", "--log-level",
                       "--trace", "--devices"):
            with self.subTest(option=option):
                self.refused("simulate", "lab.yaml", option, says="needs a value")

    def test_numbers(self):
        for option, values in [("--devices", ["0", "-1", "x", "", "4.5", "0x10", "16777217",
                                              "99999999999999999999"]),
                               ("--parallel", ["-1", "x", "", "1.5", "1025"])]:
            for value in values:
                with self.subTest(option=option, value=value):
                    self.refused("simulate", "--trace", "t.csv", "--devices", "4", option, value,
                                 says=f"{option}: expected a whole number"
                                 if option == "--parallel" else "--devices")
        self.refused("simulate", "--trace", "t.csv", "--devices", "x", says="from 1 to 16777216")
        self.refused("simulate", "lab.yaml", "--devices", "4", says="--devices requires --trace")

    def test_seeds(self):
        for seeds, says in [("", "expected a list"), ("x", "found 'x'"), ("1,", "found '1,'"),
                            ("-1", "found '-1'"), ("1.5", "expected a list"),
                            ("1..", "expected a list"), ("1..2..3", "expected a list"),
                            ("99999999999999999999", "expected a list"),
                            ("3..1", "the range 3..1 ends before it begins"),
                            ("1..100000", "more than 10000 seeds"),
                            ("1..9999,20000..30000", "more than 10000 seeds"),
                            ("0..18446744073709551615", "more than 10000 seeds"),
                            ("1,2,1", "seed 1 is named twice")]:
            with self.subTest(seeds=seeds):
                self.refused("simulate", "lab.yaml", "--seeds", seeds, "-o", "out",
                             says="^tandem: --seeds: .*" + says)

    def test_overrides(self):
        for text, says in [
                ("seven", "expected path=value"),
                ("=7", "expected path=value"),
                ("", "expected path=value"),
                ("cluster.nodes.7.count=3", "'cluster.nodes' has 1 entry.*no '7'|has 1 entries"),
                ("cluster.nodez.0.count=3", r"'nodez' \(did you mean 'nodes'\?\)"),
                ("cluster.nodes.x.count=3", "'x'"),
                ("cluster.nodes.0.count=many", "expected a whole number, not 'many'"),
                ("cluster.nodes.0.count=-3", "out of range"),
                ("name.first=x", "'name' is a single value"),
                ("cluster=", "expected a map"),
                ("policies=[esay]", "unknown policy 'esay'"),
                ("name=[", "name:1:1: ")]:
            with self.subTest(text=text):
                for command in ("simulate", "validate"):
                    self.refused(command, "lab.yaml", "--set", text, says="--set .*" + says
                                 if "=" in text[1:] else says)

    def test_load(self):
        url = "http://127.0.0.1:1"
        good = [url, "--count", "1", "--concurrency", "1"]
        for arguments, says in [
                ([], "URL is missing; see 'tandem bench-serve --help'"),
                (["127.0.0.1:1", *good[1:]], "it begins with no http://"),
                (["http://:8/", *good[1:]], "it names no host"),
                (["http://a:b", *good[1:]], "'b' is no port"),
                ([url, "--concurrency", "1"], "--count is missing"),
                ([url, "--count", "1"], "--request-rate, --concurrency or --trace"),
                ([url, "--count", "0"], "--count: expected a whole number from 1"),
                ([url, "--count", "1", "--request-rate", "fast"], "found 'fast'"),
                ([*good, "--request-rate", "1"], "excludes"),
                ([*good, "--burstiness", "2"], "--burstiness requires --request-rate"),
                ([url, "--trace", "t.csv", "--prompt-tokens", "3"],
                 "--trace excludes --prompt-tokens"),
                ([*good, "--ca", "cert", "--insecure"], "excludes"),
                ([url, "--format", "native"], "--format requires --trace"),
                ([url, "--trace", "none.csv"], "--trace.*there is no such file"),
                ([*good, "--prompt-tokens", "few"], "--prompt-tokens.*'few'"),
                ([*good, "--goodput", "tfft:3"], r"latency 'tfft' \(did you mean 'ttft'\?\)"),
                ([*good, "--goodput", "ttft:-3"], "expected milliseconds"),
                ([*good, "--prompt", "txt"], "'txt'"),
                ([*good, "--token-file", "none"], "none: there is no token"),
                ([*good, "--export", "a.csv"], "supported is .json")]:
            with self.subTest(arguments=arguments):
                self.refused("bench-serve", *arguments, says=says)

    def test_choices(self):
        self.refused_all(
            (["simulate", "lab.yaml", "--log-level", "warm"], r"'warm' \(did you mean 'warn'"),
            (["completion", "tcsh"], "one of: bash, zsh, fish"),
            (["policies", "show", "esay"], r"'esay' \(did you mean 'easy'\?\)"),
            (["hardware", "show", "h100-smx"], "'h100-smx' .*mean 'h100-sxm'"))


if __name__ == "__main__":
    e2e.main()
